"""A person, their browser, Lark and the bundle, in this process: everything that connects an account."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from larkbridge.http_client import HttpClient
from larkbridge.lark.client import LarkClient
from larkbridge.lark.messages import Messages
from larkbridge.people.authorising import Arrival, Authorising
from larkbridge.people.connecting import Connecting
from larkbridge.people.telling import Telling
from larkbridge.store.audit_entries import AuditStore
from larkbridge.store.chat_queue import ChatQueue, ChatTurn, TurnKind
from larkbridge.store.connect_requests import ConnectRequest, ConnectRequestStore
from larkbridge.store.grants import LARK_USER, Owner
from larkbridge.store.tokens import TokenStore
from larkbridge.vault.sealing import VaultKeys
from larkbridge.vault.token_vault import TokenVault
from sandbox.transport import RouterTransport
from tests.support.calls import Calls, WatchedTransport
from tests.support.clock import SimulatedClock
from tests.support.lark import APP_ID, APP_SECRET, DOMAIN
from tests.support.lark_accounts import PERSON, READ_TASKS, REDIRECT, AccountsWorld, opened, press, sent_back
from tests.support.vault import vault_key

START = "https://api.test/oauth/start"


def question(clock: SimulatedClock, open_id: str = PERSON, event_id: str = "lark#e-1") -> ChatTurn:
    """Return the turn of a person who asks for what needs a grant."""
    return ChatTurn(
        kind=TurnKind.MESSAGE,
        event_id=event_id,
        open_id=open_id,
        sent_at=clock.now().isoformat(),
        chat_id="oc_1",
        message_id="om_1",
        message_type="text",
        content='{"text":"hôm nay tôi có việc gì?"}',
    )


class ConnectWorld(AccountsWorld):
    """Lark's accounts site, and what the bundle does with it.

    Parameters
    ----------
    environ
        The settings, as `tests.support.aws` yields them.
    """

    def __init__(self, environ: dict[str, str]) -> None:
        super().__init__()
        self._network = WatchedTransport(RouterTransport(self.router))
        self.connect_to(HttpClient(self._network))
        self.environ = environ
        self.session_keys: Sequence[str] = ["session-key"]
        self.vault_keys: Sequence[str] = [vault_key()]
        self.requests = ConnectRequestStore(environ["CONNECT_REQUESTS_TABLE"])
        self.connecting = Connecting(self.requests, REDIRECT, self.clock)
        self.restart()

    @contextmanager
    def watch(self, calls: Calls) -> Iterator[Calls]:
        """Watch the calls to AWS and Lark, and stop the process at one."""
        self._network.calls = calls
        try:
            with calls.watch_aws():
                yield calls
        finally:
            self._network.calls = Calls()

    def restart(self) -> None:
        """Begin a new process."""
        client = LarkClient(DOMAIN, APP_ID, lambda: APP_SECRET, self.http, self.clock)
        self.vault = TokenVault(
            TokenStore(self.environ["TOKENS_TABLE"]),
            lambda: VaultKeys(self.vault_keys),
            {LARK_USER: self.oauth},
            self.clock,
        )
        telling = Telling(
            Messages(client),
            ChatQueue(self.environ["CHAT_QUEUE_URL"]),
            AuditStore(self.environ["AUDIT_TABLE"]),
        )
        self.authorising = Authorising(
            self.requests, self.oauth, self.vault, telling, REDIRECT, lambda: self.session_keys, self.clock
        )

    def asked(self, *scopes: str, open_id: str = PERSON, purpose: str = "agent") -> ConnectRequest:
        """Return the request behind the link that a person is sent."""
        link = self.connecting.ask(question(self.clock, open_id), scopes or (READ_TASKS,), purpose)
        request = self.requests.get(dict(parse_qsl(urlsplit(link).query))["t"], self.clock.now())
        assert request is not None
        return request

    def returned(
        self, request: ConnectRequest, open_id: str = PERSON, answer: str = "agree"
    ) -> dict[str, str]:
        """Return with what Lark sends a person back who has pressed both buttons."""
        page = opened(self.router, self.authorising.set_out(request))
        back = sent_back(press(self.router, page, open_id, answer))
        return {name: back.get(name, "") for name in ("state", "code", "error")}

    def arrive(self, back: dict[str, str]) -> Arrival:
        return self.authorising.come_back(**back)

    def owner(self, open_id: str = PERSON) -> Owner:
        return Owner(LARK_USER, open_id)

    def changed(self, request: ConnectRequest, **turn: str) -> ConnectRequest:
        """Return a request of another turn."""
        return replace(request, turn=replace(request.turn, **turn))
