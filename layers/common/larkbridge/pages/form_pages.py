"""What a form's function answers browsers, beside the page itself, which serve_pages has."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from larkbridge.apigateway import read_request
from larkbridge.clock import Clock
from larkbridge.forms.form import Form
from larkbridge.forms.submit import Submit
from larkbridge.forms.wording import Language
from larkbridge.http_exchange import Request, Response
from larkbridge.pages.prebuilt import language_of
from larkbridge.pages.responses import respond

if TYPE_CHECKING:
    from larkbridge.settings import PageSettings


class FormPages(NamedTuple):
    """Serves the browsers of one form.

    Parameters
    ----------
    allowed_origins
        The web sites beside our own whose pages may post the form; `*` for every one.
    keys
        Returns the values of PAGE_SIGNING_KEY.
    """

    form: type[Form]
    submit: Submit
    settings: "PageSettings"
    allowed_origins: Sequence[str]
    keys: Callable[[], Sequence[str]]
    clock: Clock

    def respond(self, event: Mapping[str, Any]) -> Response:
        """Answer a request, each by the module that has its place; only that one is loaded."""
        request = read_request(event)
        language = "en" if language_of(request.query, request.headers) == "en" else "vi"
        visit = Visit(self, request, language)
        method, _, path = event.get("routeKey", "").partition(" ")
        match method, path.rpartition("/")[2]:
            case "GET", "da-gui":
                from larkbridge.pages.confirmation import confirm

                return confirm(visit)
            case _:
                from larkbridge.pages.posting import post

                return post(visit)


class Visit(NamedTuple):
    """One request of a browser, and the language that it is answered in."""

    pages: FormPages
    request: Request
    language: Language

    def shown(self, html: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """Return a page as the answer."""
        return respond(html, self.request, self.language, self.pages.settings, status, headers or {})

    @property
    def chosen_language(self) -> str:
        """The part of a query that keeps the language, where the address of this page has it."""
        return f"&lang={self.language}" if self.request.query.get("lang") == self.language else ""
