"""Lark's accounts site in this process, a client of it, and a person who presses on its pages."""

import hashlib
import re
from base64 import urlsafe_b64encode
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

from larkbridge.http_client import HttpClient
from larkbridge.lark.oauth import LarkOAuth
from larkbridge.token_pair import TokenPair
from sandbox.lark.contacts import PEOPLE
from sandbox.lark.openapi import OpenApi
from sandbox.routing import Reply, Request, Router
from sandbox.transport import RouterTransport
from tests.support.clock import SimulatedClock
from tests.support.lark import APP_ID, APP_SECRET, DOMAIN

ACCOUNTS = "https://accounts.test"
REDIRECT = "https://api.test/oauth/callback"
PERSON, NAMESAKE, MANAGER = (person.open_id for person in PEOPLE)
VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
READ_TASKS = "task:task:read"

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')
_ACTION = re.compile(r'<form method="post" action="([^"]*)">')


def press(router: Router, page: Reply, open_id: str, answer: str = "agree") -> Reply:
    """Press a button on a page that asks, as one of the people."""
    action, fields = pressed(page.body.decode(), open_id, answer)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return router.dispatch(Request("POST", action, headers, urlencode(fields).encode()))


def pressed(html: str, open_id: str, answer: str = "agree") -> tuple[str, dict[str, str]]:
    """Return where a page that asks posts to, and what, when one of the people presses a button."""
    fields = {unescape(name): unescape(value) for name, value in _HIDDEN.findall(html)}
    action = _ACTION.search(html)
    assert action, html
    return unescape(action[1]), fields | {"open_id": open_id, "answer": answer}


def opened(router: Router, url: str) -> Reply:
    """Open an address of the site."""
    parts = urlsplit(url)
    return router.dispatch(
        Request("GET", parts.path, {"Host": parts.netloc}, b"", dict(parse_qsl(parts.query)))
    )


def sent_back(reply: Reply) -> dict[str, str]:
    """Return what the site leads back to the app with."""
    assert reply.status == 302, reply.body.decode()
    return dict(parse_qsl(urlsplit(reply.headers["Location"]).query))


class AccountsWorld:
    """The site, its people, and an app."""

    def __init__(self) -> None:
        self.clock = SimulatedClock()
        self.api = OpenApi(self.clock.timestamp, APP_ID, [APP_SECRET])
        self.accounts = self.api.accounts
        self.accounts.redirect_uris.add(REDIRECT)
        self.router = Router(self.api.routes())
        self.connect_to(HttpClient(RouterTransport(self.router)))

    def connect_to(self, http: HttpClient) -> None:
        """Have the app reach Lark by this client."""
        self.http = http
        self.oauth = LarkOAuth(ACCOUNTS, DOMAIN, APP_ID, lambda: APP_SECRET, http, self.clock)

    def ask(
        self, *scopes: str, state: str = "s-1", redirect_uri: str = REDIRECT, challenge: str = CHALLENGE
    ) -> Reply:
        """Return the page that a person is sent to."""
        return opened(self.router, self.oauth.authorize_url(state, scopes, redirect_uri, challenge))

    def code(self, *scopes: str, open_id: str = PERSON) -> str:
        """Return the code with which a person who agrees comes back."""
        return sent_back(press(self.router, self.ask(*scopes or (READ_TASKS,)), open_id))["code"]

    def connected(self, *scopes: str, open_id: str = PERSON) -> TokenPair:
        """Return the tokens of a person who has agreed."""
        return self.oauth.exchange(self.code(*scopes, open_id=open_id), REDIRECT, VERIFIER)
