"""The routes on which a person connects their Lark account.

A link is opened by previews too, and any number of times, so GET changes nothing; pressing the button does.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple, Self, TypedDict

from larkbridge.clock import Clock
from larkbridge.errors import LarkbridgeError, NotFoundError
from larkbridge.http_exchange import Request, Response, respond_error
from larkbridge.people.authorising import Arrival, Authorising, End
from larkbridge.people.connecting import CALLBACK_PATH, START_PATH
from larkbridge.people.oauth_pages import OAuthPages
from larkbridge.routes import HTML_FORM, Answer, Body, Call, Parameter, Route
from larkbridge.shapes import Note
from larkbridge.store.connect_requests import ConnectRequest, ConnectRequestStore

MAX_CODE = 4096
_MAX_T = 100


class StartForm(TypedDict):
    """What the button posts."""

    t: Annotated[str, Note("Names what is asked for, as the link does.")]
    lang: Annotated[str, Note("The language of the page.", enum=["vi", "en"])]


class Returned(NamedTuple):
    """With what Lark sends a person back; each may be empty, and what is too long is nothing."""

    state: str
    code: str
    error: str

    @classmethod
    def read(cls, fields: Mapping[str, Any], /) -> Self:
        return cls(
            *(value if len(value := str(fields.get(name, ""))) <= MAX_CODE else "" for name in cls._fields)
        )


class AuthorizeUser(NamedTuple):
    """Who serves the routes.

    Parameters
    ----------
    authorising
        Returns what leads to Lark and back; made when it is first needed.
    name_of
        Returns the name of a person by their open id, empty when it cannot be found out.
    """

    requests: ConnectRequestStore
    pages: OAuthPages
    authorising: Callable[[], Authorising]
    name_of: Callable[[str], str]
    clock: Clock

    def asked(self, t: str) -> ConnectRequest:
        """Return what a link asks for; raises NotFoundError for one that holds no more."""
        request = self.requests.get(t, self.clock.now()) if 0 < len(t) <= _MAX_T else None
        if request is None:
            raise NotFoundError("the link names nothing that is asked for")
        return request

    def is_connected(self, asked: ConnectRequest) -> bool:
        """Tell whether a link has been used, and the grant still stands; most have not and need no vault."""
        return asked.connected_at is not None and self.authorising().is_connected(asked)

    def refused(self, request: Request, error: LarkbridgeError) -> Response:
        """Return the page to an error."""
        status = respond_error(error, request.request_id).status
        end = End.INVALID if isinstance(error, NotFoundError) else End.FAILED
        return self.pages.end(request, Arrival(end), status)


def _start(server: AuthorizeUser, call: Call) -> Response:
    try:
        asked = server.asked(call.request.query.get("t", ""))
        name, connected = server.name_of(asked.turn.open_id), server.is_connected(asked)
        return server.pages.start(call.request, asked, name, connected=connected)
    except LarkbridgeError as error:
        return server.refused(call.request, error)


def _set_out(server: AuthorizeUser, call: Call[None, dict[str, Any]]) -> Response:
    try:
        asked = server.asked(str(call.body.get("t", "")))
        return Response.redirect(server.authorising().set_out(asked))
    except LarkbridgeError as error:
        return server.refused(call.request, error)


def _come_back(server: AuthorizeUser, call: Call) -> Response:
    try:
        returned = Returned.read(call.request.query)
        return server.pages.end(call.request, server.authorising().come_back(*returned))
    except LarkbridgeError as error:
        return server.refused(call.request, error)


def _as_sent(_: AuthorizeUser, fields: dict[str, Any]) -> dict[str, Any]:
    return fields


_T = Parameter("t", "Names what is asked for; good for 24 hours.", "query")
_LANGUAGE = Parameter(
    "lang",
    "The language of the page, if not the browser's.",
    "query",
    Annotated[str, Note(enum=["vi", "en"])],
)
START: Route[AuthorizeUser] = Route(
    "GET",
    START_PATH,
    None,
    name="openConnectPage",
    summary="The page that says what a person is asked to agree to in Lark",
    description="It may be opened any number of times. A link that holds no more gets a page with 404.",
    tag="pages",
    parameters=(_T, _LANGUAGE),
    answer=Answer(str, "The page, in Vietnamese or English.", media_type="text/html"),
    handle=_start,
)
SET_OUT: Route[AuthorizeUser, None, dict[str, Any]] = Route(
    "POST",
    START_PATH,
    None,
    name="leaveForLark",
    summary="The button of that page",
    description="It leads to Lark with a state that holds for 10 minutes and comes back once.",
    tag="pages",
    body=Body(StartForm, _as_sent, (HTML_FORM,)),
    answer=Answer(str, "A redirect to Lark's own page.", 303, "text/html"),
    handle=_set_out,
)
COME_BACK: Route[AuthorizeUser] = Route(
    "GET",
    CALLBACK_PATH,
    None,
    name="returnFromLark",
    summary="Where Lark sends a person back to",
    description="It answers a page whatever comes: connected, refused, another person's, or no longer valid.",
    tag="pages",
    parameters=(
        Parameter("state", "Ours, as it was sent to Lark.", "query"),
        Parameter("code", "Lark's, good for 5 minutes and once.", "query"),
        Parameter("error", "Why there is no code, such as access_denied.", "query"),
    ),
    answer=Answer(str, "The page that says what became of it.", media_type="text/html"),
    handle=_come_back,
)
ROUTES = (START, SET_OUT, COME_BACK)
