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
from larkbridge.store.marketing_consent import MarketingConsentStore

if TYPE_CHECKING:
    from larkbridge.pages.file_step import FileSteps
    from larkbridge.settings import PageSettings

PROOF = "w"
"""The name in a query of what proves that a consent is withdrawn."""


class FormPages(NamedTuple):
    """Serves the browsers of one form.

    Parameters
    ----------
    allowed_origins
        The web sites beside our own whose pages may post the form; `*` for every one.
    keys
        Returns the values of PAGE_SIGNING_KEY.
    file_steps
        Returns what the step needs in which a file is sent.
    consents
        Withdraws marketing consents.
    """

    form: type[Form]
    submit: Submit
    settings: "PageSettings"
    allowed_origins: Sequence[str]
    keys: Callable[[], Sequence[str]]
    clock: Clock
    file_steps: "Callable[[], FileSteps]"
    consents: MarketingConsentStore

    def respond(self, event: Mapping[str, Any]) -> Response:
        """Answer a request, each by the module that has its place; only that one is loaded."""
        request = read_request(event)
        language = "en" if language_of(request.query, request.headers) == "en" else "vi"
        visit = Visit(self, request, language, event.get("rawPath") or self.form.path)
        method, _, path = event.get("routeKey", "").partition(" ")
        match method, path.rpartition("/")[2]:
            case "GET", "da-gui" if PROOF in request.query:
                from larkbridge.pages.withdrawal import show_withdrawn

                return show_withdrawn(visit)
            case "GET", "da-gui":
                from larkbridge.pages.confirmation import confirm

                return confirm(visit)
            case "GET", "tep":
                from larkbridge.pages.file_step import file_step

                return file_step(visit)
            case "POST", "da-gui":
                from larkbridge.pages.withdrawal import withdraw

                return withdraw(visit)
            case _:
                from larkbridge.pages.posting import post

                return post(visit)


class Visit(NamedTuple):
    """One request of a browser, the language that it is answered in, and the path that it was sent to."""

    pages: FormPages
    request: Request
    language: Language
    path: str

    def shown(self, html: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """Return a page as the answer."""
        return respond(html, self.request, self.language, self.pages.settings, status, headers or {})

    @property
    def address(self) -> str:
        """The address of the page that was posted, without its query."""
        headers = self.request.headers
        return f"{headers.get('x-forwarded-proto', 'https')}://{headers.get('host', '')}{self.path}"

    @property
    def chosen_language(self) -> str:
        """The part of a query that keeps the language, where the address of this page has it."""
        return f"&lang={self.language}" if self.request.query.get("lang") == self.language else ""
