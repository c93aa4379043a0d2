"""Connects a person without a public address: `python -m tools.connect --stack STACK [--person ou_…]`.

It prints a link and a code (OAuth's device flow, RFC 8628) and waits until somebody has agreed at Lark. Then
it stores the grant in the stack's vault, with the stack's keys.
"""

import argparse
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from larkbridge.agent.responder import SCOPES
from larkbridge.clock import Clock
from larkbridge.errors import LarkbridgeError
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.grant_answers import Device, Waiting, Who
from larkbridge.lark.oauth import LarkOAuth
from larkbridge.settings import AuthorizeUserSettings
from larkbridge.store.audit_entries import AuditEntry, AuditStore
from larkbridge.store.grants import LARK_USER, Owner
from larkbridge.token_pair import TokenPair
from larkbridge.vault.refusals import VaultKeyError
from larkbridge.vault.token_vault import TokenVault
from larkbridge.wiring.parts import Parts
from larkbridge.wiring.vault import lark_oauth, token_vault
from larkbridge.work.outcome import Verdict

FUNCTION = "AuthorizeUserFunction"
"""Its variables say all that is needed here."""
SLOWER = 5
"""Seconds by which `slow_down` lengthens the interval."""


class NotConnectedError(Exception):
    """Why nobody is connected, in words for the person at the terminal."""


class Connect(NamedTuple):
    """Connects people, one after the other."""

    oauth: LarkOAuth
    vault: TokenVault
    audit: AuditStore
    clock: Clock
    say: Callable[[str], None]

    def connect(self, scopes: Iterable[str], person: str = "") -> Who:
        """Return who has agreed, once the vault has their tokens.

        Parameters
        ----------
        person
            The open id of the only one who may be connected, empty for whoever agrees.

        Raises
        ------
        NotConnectedError
            When nobody is: nobody agreed, or somebody else.
        LarkbridgeError
            When Lark or AWS failed.
        """
        device = self.oauth.start_device(scopes)
        self.say(f"Open {device.url} and agree there. The code is {device.user_code}.")
        pair = self._agreed(device)
        try:
            who = self._kept(pair, person)
        except (NotConnectedError, LarkApiError, VaultKeyError):
            self._give_back(pair)
            raise
        subject, count = Owner(LARK_USER, who.open_id).key, len(pair.scopes)
        self.audit.add(
            AuditEntry(at=self.clock.now(), who=who.open_id, what="connect", subject=subject, count=count)
        )
        return who

    def _kept(self, pair: TokenPair, person: str) -> Who:
        who = self.oauth.user_info(pair.access_token)
        if person and who.open_id != person:
            raise NotConnectedError(f"somebody else has agreed, not {person}: nothing is stored")
        self.vault.keep(Owner(LARK_USER, who.open_id), pair, user_id=who.user_id)
        return who

    def _give_back(self, pair: TokenPair) -> None:
        """Have tokens revoked that nobody keeps."""
        try:
            self.oauth.revoke(pair.refresh_token)
        except LarkApiError as error:
            self.say(f"What was agreed to could not be taken back at Lark: {error.message}.")

    def _agreed(self, device: Device) -> TokenPair:
        """Ask in the device's interval until there are tokens; trouble on the way is no answer."""
        interval = device.interval
        while self.clock.now() < device.expires_at:
            self.clock.sleep(interval)
            try:
                found = self.oauth.poll_device(device.device_code)
            except LarkApiError as error:
                if error.outcome.verdict is Verdict.REJECT:
                    raise NotConnectedError(error.hint or error.message) from None
                continue
            if isinstance(found, TokenPair):
                return found
            interval += SLOWER if found is Waiting.SLOW_DOWN else 0
        raise NotConnectedError("nobody agreed in time: begin again")


def variables_of(stack: str, *, formation: Any, functions: Any) -> dict[str, str]:
    """Return the settings of a deployed stack.

    Parameters
    ----------
    formation, functions
        boto3 clients of CloudFormation and Lambda.
    """
    resource = formation.describe_stack_resource(StackName=stack, LogicalResourceId=FUNCTION)
    name = resource["StackResourceDetail"]["PhysicalResourceId"]
    return functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.connect", description=__doc__)
    parser.add_argument("--stack", required=True, help="such as larkbridge-staging")
    parser.add_argument("--person", default="", help="the open id of the only one who may be connected")
    parser.add_argument("--scopes", nargs="*", default=SCOPES, help="what to ask for")
    options = parser.parse_args()
    try:
        clients = {"formation": boto3.client("cloudformation"), "functions": boto3.client("lambda")}
        settings = AuthorizeUserSettings(variables_of(options.stack, **clients))
    except (BotoCoreError, ClientError) as error:
        parser.exit(1, f"{error}\n")
    parts = Parts()
    connect = Connect(
        lark_oauth(settings.vault, parts, parts.secrets(settings.vault.private_secrets_id)),
        token_vault(settings.vault, parts),
        AuditStore(settings.audit_table),
        parts.clock,
        lambda line: print(line, flush=True),
    )
    try:
        who = connect.connect(options.scopes, options.person)
    except NotConnectedError as error:
        parser.exit(1, f"{error}\n")
    except LarkApiError as error:
        parser.exit(1, f"{error.message}: {error.outcome.message}. {error.hint}\n")
    except LarkbridgeError as error:
        parser.exit(1, f"{error.message}\n")
    print(f"Connected: {who.name or 'a person without a name'}, {who.open_id}")


if __name__ == "__main__":
    main()
