"""A tool that asks before it changes something of the person's own in Lark."""

from collections.abc import Callable, Collection
from typing import NamedTuple

from larkbridge.agent.pending.question_cards import Asking, Proposal
from larkbridge.agent.tools.as_person import Vault, owner_of
from larkbridge.agent.tools.tool import Arguments, Asker, Result, Tool
from larkbridge.lark.answers import refused
from larkbridge.lark.permissions import NotAgreedError
from larkbridge.vault.refusals import NotConnectedError


class AskingTools(NamedTuple):
    """Makes tools that ask."""

    vault: Vault
    asking: Asking

    def tool[A: Arguments](
        self,
        name: str,
        description: str,
        arguments: type[A],
        propose: Callable[[Asker, A], Proposal],
        scopes: tuple[str, ...],
    ) -> Tool:
        """Return a tool whose change needs these scopes, which the person must have granted beforehand."""

        def run(asker: Asker, asked: A) -> Result:
            _require_consent(asker, self.vault, scopes)
            return self.asking.ask(asker, propose(asker, asked))

        return Tool(name, description, arguments, run, lark_scopes=scopes)


def _require_consent(asker: Asker, vault: Vault, scopes: Collection[str]) -> None:
    """Raise before anything is asked that could not be done then; one request.

    Raises
    ------
    NotConnectedError
        When the person has granted nothing.
    NotAgreedError
        When they have not granted all of the scopes.
    """
    grant = vault.grant(owner_of(asker))
    if grant is None:
        raise NotConnectedError
    if missing := [scope for scope in scopes if scope not in grant.scopes]:
        raise NotAgreedError(refused("scope_not_granted", "the person has not agreed to it"), missing)
