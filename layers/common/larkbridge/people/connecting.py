"""Ask a person to connect their Lark account, in the middle of what they were doing."""

import secrets
from collections.abc import Callable, Iterable

from larkbridge.clock import Clock, to_text
from larkbridge.errors import NotConfiguredError
from larkbridge.store.chat_queue import ChatTurn
from larkbridge.store.connect_requests import REQUEST_FOR, ConnectRequest, ConnectRequestStore

AGENT = "agent"
"""The purpose of a grant with which the agent answers its owner in a chat."""

CONNECTED = "connected"
"""Why a turn is taken up again, before the id of the request that was agreed to."""

CALLBACK_PATH, START_PATH = "/oauth/callback", "/oauth/start"
_ID_BYTES = 24


def _new_id() -> str:
    return secrets.token_urlsafe(_ID_BYTES)


class Connecting:
    """Stores what a person is asked for, and says where they agree.

    Parameters
    ----------
    redirect_uri
        LARK_OAUTH_REDIRECT_URI, empty where it is not set.
    """

    def __init__(
        self,
        requests: ConnectRequestStore,
        redirect_uri: str,
        clock: Clock,
        new_id: Callable[[], str] = _new_id,
    ) -> None:
        self._requests, self._redirect_uri = requests, redirect_uri
        self._clock, self._new_id = clock, new_id

    def ask(self, turn: ChatTurn, scopes: Iterable[str], purpose: str = AGENT) -> str:
        """Return a link, good for 24 hours, that only the person of the turn may be sent.

        Once they have agreed, the turn goes to the chat queue again as `CONNECTED` by this request. Asked
        twice for one turn it returns two links, each good. One request.

        Raises
        ------
        NotConfiguredError
            When LARK_OAUTH_REDIRECT_URI is not set.
        AwsUnavailableError
            When the request is not stored.
        """
        if not self._redirect_uri:
            raise NotConfiguredError("LARK_OAUTH_REDIRECT_URI is not set")
        now = self._clock.now()
        request = ConnectRequest(
            request_id=self._new_id(),
            purpose=purpose,
            scopes=tuple(sorted({*scopes})),
            turn=turn,
            asked_at=to_text(now),
            expires_at=int((now + REQUEST_FOR).timestamp()),
        )
        self._requests.add(request)
        return f"{self._redirect_uri.removesuffix(CALLBACK_PATH)}{START_PATH}?t={request.request_id}"
