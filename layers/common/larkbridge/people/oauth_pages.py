"""The pages on which a person connects their Lark account, filled in."""

from collections.abc import Mapping
from types import MappingProxyType

from larkbridge.clock import from_text, shown
from larkbridge.http_exchange import Request, Response
from larkbridge.lark.permissions import console_url
from larkbridge.pages.prebuilt import CONNECT_POLICY, language_of, page, page_headers
from larkbridge.pages.responses import respond
from larkbridge.pages.serving import in_other_language
from larkbridge.people.authorising import Arrival, End
from larkbridge.people.rights import rights_of
from larkbridge.settings import LarkAppSettings, PageSettings
from larkbridge.store.connect_requests import ConnectRequest

STATUSES = {
    End.DONE: 200,
    End.DENIED: 200,
    End.INVALID: 400,
    End.MISMATCH: 403,
    End.ADMIN: 503,
    End.FAILED: 503,
}
_NOTHING: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        ("missing_scopes", "refresh_off", "redirect_unknown", "app_unfit", "console_url", "code"), ""
    )
)
_MENDED_BY = {
    "no_refresh_token": "refresh_off",
    "refresh_disabled": "refresh_off",
    "redirect_not_registered": "redirect_unknown",
}


class OAuthPages:
    """The pages.

    Parameters
    ----------
    accounts_domain
        LARK_ACCOUNTS_DOMAIN, to which the button leads.
    """

    def __init__(self, settings: PageSettings, app: LarkAppSettings, accounts_domain: str) -> None:
        self._settings, self._app = settings, app
        self._origins = _origins(accounts_domain)

    def start(self, request: Request, asked: ConnectRequest, name: str, *, connected: bool) -> Response:
        """Return the page that says who is asked, and for what; `name` may be empty."""
        language = language_of(request.query, request.headers)
        rights, others = rights_of(asked.scopes)
        marks = {
            "t": asked.request_id,
            "asker": name,
            "asked_at": shown(from_text(asked.asked_at)),
            "connected": "1" if connected else "",
            "other_rights": ", ".join(others),
            "console_url": self._console_url(asked),
            "other_language_url": in_other_language(language, f"t={asked.request_id}"),
            **dict.fromkeys(rights, "1"),
        }
        return self._respond("connect-start", marks, request, language, 200)

    def end(self, request: Request, arrival: Arrival, status: int | None = None) -> Response:
        """Return the page that says how a way has ended."""
        asked = arrival.request
        marks = {**_NOTHING, "again_url": ""}
        if asked is not None and arrival.end not in (End.DONE, End.INVALID):
            marks["again_url"] = f"start?t={asked.request_id}"
        if asked is not None and arrival.end is End.ADMIN:
            marks |= {"code": arrival.reason, "console_url": self._console_url(asked)}
            if arrival.reason == "scope_not_enabled":
                marks["missing_scopes"] = " ".join(asked.scopes)
            else:
                marks[_MENDED_BY.get(arrival.reason, "app_unfit")] = "1"
        language = language_of(request.query, request.headers)
        return self._respond(
            f"connect-{arrival.end}", marks, request, language, status or STATUSES[arrival.end]
        )

    def _console_url(self, asked: ConnectRequest) -> str:
        return console_url(self._app.domain, self._app.app_id, asked.scopes)

    def _respond(
        self, name: str, marks: Mapping[str, str], request: Request, language: str, status: int
    ) -> Response:
        headers = page_headers(language, self._settings, CONNECT_POLICY, self._origins)
        html = page(name, language, self._settings, marks)
        return respond(html, request, language, self._settings, status, headers)


def _origins(accounts_domain: str) -> str:
    """Return where the button may lead: whoever has to sign in first is sent to another host of Lark's."""
    scheme, _, host = accounts_domain.partition("://")
    _, dot, site = host.partition(".")
    return f"{accounts_domain} https://*.{site}" if scheme == "https" and dot else accounts_domain
