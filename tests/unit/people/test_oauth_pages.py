"""The pages on which people connect, as a browser gets them from the function."""

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import boto3
import pytest

from larkbridge.http_client import HttpClient
from larkbridge.pages.connect_texts import CONNECT_TEXTS, EN, VI
from larkbridge.people.disconnecting import Disconnecting
from larkbridge.people.rights import rights_of
from larkbridge.settings import AuthorizeUserSettings
from larkbridge.store.audit_entries import AuditStore
from larkbridge.wiring.connect_pages import authorize_user
from larkbridge.wiring.parts import Parts
from sandbox.faults import Fault
from sandbox.lark.scopes import EVERY_SCOPE
from sandbox.transport import RouterTransport
from tests.support.aws import SECRETS
from tests.support.connecting import ConnectWorld, question
from tests.support.forms import http_event
from tests.support.lark import APP_ID, APP_SECRET, DOMAIN
from tests.support.lark_accounts import (
    ACCOUNTS,
    MANAGER,
    PERSON,
    READ_TASKS,
    REDIRECT,
    opened,
    press,
    sent_back,
)
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.pages import Page, read_page
from tests.support.world import Context

NAME = "Nguyễn Văn An"
BROWSER = {"accept-encoding": "gzip", "accept-language": "vi-VN,vi;q=0.9,en;q=0.5"}


class Browser:
    """Somebody's browser in front of the function, and Lark."""

    def __init__(self, environ: dict[str, str], account: MemoryAccount) -> None:
        self.world = ConnectWorld(environ)
        account.sqs.use(self.world.clock)
        self.world.api.accept([SECRETS["LARK_APP_SECRET"], APP_SECRET])
        self.settings = environ | {
            "LARK_DOMAIN": DOMAIN,
            "LARK_ACCOUNTS_DOMAIN": ACCOUNTS,
            "LARK_OAUTH_REDIRECT_URI": REDIRECT,
            "LARK_APP_ID": APP_ID,
            "CENTRE_NAME": "Trung tâm <Hoa Sen>",
        }
        self.start()

    def start(self) -> None:
        """Begin a new process."""
        http = HttpClient(RouterTransport(self.world.router))
        parts = Parts(clock=self.world.clock, http=http)
        self._handler = authorize_user(AuthorizeUserSettings(self.settings), parts)

    def ask(self, event: dict[str, Any]) -> dict[str, Any]:
        return self._handler(event, Context("a request"))

    def link(self, *scopes: str) -> str:
        """Return what the link in the chat names."""
        return self.world.asked(*scopes or (READ_TASKS,)).request_id

    def open(self, t: str, **query: str) -> Page:
        return read_page(
            self.ask(http_event(route="GET /oauth/start", headers=BROWSER, query={"t": t, **query}))
        )

    def press(self, t: str) -> dict[str, Any]:
        headers = BROWSER | {"content-type": "application/x-www-form-urlencoded"}
        body = urlencode({"t": t, "lang": "vi"})
        return self.ask(http_event(body, route="POST /oauth/start", headers=headers))

    def come_back(self, **query: str) -> Page:
        return read_page(self.ask(http_event(route="GET /oauth/callback", headers=BROWSER, query=query)))

    def walk(self, t: str, open_id: str = PERSON, answer: str = "agree") -> Page:
        """Press both buttons and come back."""
        location = self.press(t)["headers"]["location"]
        reply = press(self.world.router, opened(self.world.router, location), open_id, answer)
        return self.come_back(**sent_back(reply))


@pytest.fixture
def browser(environ: dict[str, str], account: MemoryAccount) -> Browser:
    return Browser(environ, account)


def test_the_page_says_who_is_asked_and_for_what(browser: Browser) -> None:
    page = browser.open(browser.link(READ_TASKS, "calendar:calendar.event:create", "drive:file:upload"))
    assert page.status == 200
    assert f"{NAME}, 09:00, 1/9/2026" in page.text
    assert "Trung tâm <Hoa Sen>" in page.text
    assert VI.rights["read_tasks"] in page.text
    assert VI.rights["write_calendar"] in page.text
    assert VI.rights["find_people"] not in page.text
    assert "drive:file:upload" in page.text
    assert PERSON not in page.html


def test_the_page_is_in_english_too(browser: Browser) -> None:
    t = browser.link()
    page = browser.open(t, lang="en")
    assert EN.button in page.text
    assert 'lang="en"' in page.html
    other = re.search(r'href="(\?[^"]*lang=vi)"', page.html)
    assert other
    assert dict(parse_qsl(other[1].removeprefix("?").replace("&amp;", "&"))) == {"t": t, "lang": "vi"}


def test_opening_the_page_changes_nothing_however_often(browser: Browser, account: MemoryAccount) -> None:
    t = browser.link()
    before = account.dynamo.items("ConnectRequestsTable")
    assert {browser.open(t).status for _ in range(3)} == {200}
    assert account.dynamo.items("ConnectRequestsTable") == before
    assert browser.world.accounts.calls == []


@pytest.mark.parametrize("area", ["contacts", "token"])
def test_without_the_name_the_page_says_the_rest(browser: Browser, area: str) -> None:
    browser.world.api.faults[area].set(Fault("down"))
    page = browser.open(browser.link())
    assert (page.status, NAME in page.text, VI.button in page.text) == (200, False, True)


def test_nothing_runs_on_the_page_and_its_button_leads_to_lark_alone(browser: Browser) -> None:
    page = browser.open(browser.link())
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == f"'self' {ACCOUNTS} https://*.test"
    assert policy["style-src"].startswith("'sha256-")
    assert "script-src" not in policy
    assert "<script" not in page.html
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("t", ["", "unknown", "x" * 101, "é", "request#1"])
def test_a_link_that_names_nothing_says_what_to_do(browser: Browser, t: str) -> None:
    page = browser.open(t)
    assert (page.status, VI.pages["invalid"].title in page.text) == (404, True)
    assert "/kết nối" in page.text
    assert read_page(browser.press(t)).status == 404


def test_a_link_that_is_too_old_says_what_to_do(browser: Browser) -> None:
    t = browser.link()
    browser.world.clock.advance(days=1)
    assert browser.open(t).status == 404
    assert read_page(browser.press(t)).status == 404


def test_the_button_leads_to_larks_page(browser: Browser) -> None:
    answer = browser.press(browser.link())
    url = urlsplit(answer["headers"]["location"])
    assert (answer["statusCode"], f"{url.scheme}://{url.netloc}") == (303, ACCOUNTS)


def test_whoever_agrees_reads_that_they_are_connected(browser: Browser) -> None:
    t = browser.link()
    page = browser.walk(t)
    assert (page.status, VI.pages["done"].title in page.text) == (200, True)
    assert VI.connected_before in browser.open(t).text


def test_whoever_has_disconnected_reads_no_longer_that_they_are_connected(
    browser: Browser, environ: dict[str, str]
) -> None:
    t = browser.link()
    browser.walk(t)
    audit = AuditStore(environ["AUDIT_TABLE"])
    Disconnecting(browser.world.vault, audit).disconnect(question(browser.world.clock))
    assert VI.connected_before not in browser.open(t).text
    browser.walk(t)
    assert VI.connected_before in browser.open(t).text


def test_whoever_refuses_may_change_their_mind(browser: Browser) -> None:
    t = browser.link()
    page = browser.walk(t, answer="refuse")
    assert (page.status, VI.pages["denied"].title in page.text) == (200, True)
    assert f'href="start?t={t}"' in page.html
    assert browser.walk(t).status == 200


def test_somebody_else_reads_neither_a_token_nor_an_id(browser: Browser) -> None:
    page = browser.walk(browser.link(), open_id=MANAGER)
    assert (page.status, VI.pages["mismatch"].title in page.text) == (403, True)
    for hidden in (MANAGER, PERSON, NAME, "u-", "ur-"):
        assert hidden not in page.text


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"state": "x"},
        {"state": "x.y", "code": "c"},
        {"error": "access_denied"},
        {"state": "é" * 400, "code": "c" * 5000},
        {"state": "\x00", "error": "<script>"},
    ],
)
def test_a_return_that_is_not_ours_gets_one_page(browser: Browser, query: dict[str, str]) -> None:
    page = browser.come_back(**query)
    assert (page.status, VI.pages["invalid"].title in page.text) == (400, True)
    assert "<script>" not in page.html


def test_an_address_that_is_opened_again_gets_that_page_too(browser: Browser) -> None:
    t = browser.link()
    location = browser.press(t)["headers"]["location"]
    back = sent_back(press(browser.world.router, opened(browser.world.router, location), PERSON))
    first, second = browser.come_back(**back), browser.come_back(**back)
    assert (first.status, second.status) == (200, 400)
    assert VI.pages["invalid"].title in second.text


def test_the_administrator_reads_what_to_switch_on(browser: Browser) -> None:
    browser.world.accounts.grants.refresh_allowed = False
    page = browser.walk(browser.link())
    assert (page.status, VI.pages["admin"].title in page.text) == (503, True)
    assert VI.admin_refresh in page.text
    assert "no_refresh_token" in page.text
    assert VI.admin_scopes not in page.text


def test_a_missing_scope_leads_to_the_console(browser: Browser) -> None:
    t = browser.link(READ_TASKS)
    state = dict(parse_qsl(urlsplit(browser.press(t)["headers"]["location"]).query))["state"]
    page = browser.come_back(state=state, error="invalid_scope")
    assert VI.admin_scopes in page.text
    assert READ_TASKS in page.text
    assert f"{DOMAIN}/app/{APP_ID}/auth?q={READ_TASKS}&amp;token_type=user" in page.html


def test_the_page_before_has_the_consoles_link_too_since_lark_keeps_the_person_there(
    browser: Browser,
) -> None:
    page = browser.open(browser.link(READ_TASKS))
    assert f"{DOMAIN}/app/{APP_ID}/auth?q={READ_TASKS}&amp;token_type=user" in page.html


def test_when_lark_fails_the_person_may_try_again(browser: Browser) -> None:
    t = browser.link()
    browser.world.accounts.faults["token"].set(Fault("error_500", times=1))
    page = browser.walk(t)
    assert (page.status, VI.pages["failed"].title in page.text) == (503, True)
    assert f'href="start?t={t}"' in page.html
    assert browser.walk(t).status == 200


@pytest.mark.parametrize("missing", ["SESSION_KEY", "TOKEN_VAULT_KEY"])
def test_without_a_key_nobody_is_connected_and_a_page_says_so(
    browser: Browser, account: MemoryAccount, missing: str
) -> None:
    secrets = {name: value for name, value in SECRETS.items() if name != missing}
    secret_id = browser.settings["PRIVATE_SECRETS_ID"]
    boto3.client("secretsmanager").put_secret_value(SecretId=secret_id, SecretString=json.dumps(secrets))
    browser.start()
    t = browser.link()
    answer = browser.press(t)
    page = read_page(answer) if missing == "SESSION_KEY" else browser.walk(t)
    assert page.status in (500, 503)
    assert VI.pages["failed"].title in page.text
    assert account.dynamo.items("TokensTable") == []


def test_dynamodb_that_fails_is_a_page(browser: Browser) -> None:
    t = browser.link()
    boto3.client("dynamodb").delete_table(TableName=browser.settings["CONNECT_REQUESTS_TABLE"])
    page = browser.open(t)
    assert (page.status, VI.pages["failed"].title in page.text) == (500, True)


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", ""])
def test_only_a_form_is_taken(browser: Browser, content_type: str) -> None:
    event = http_event("t=x", route="POST /oauth/start", headers={"content-type": content_type})
    assert browser.ask(event)["statusCode"] in (404, 415, 400)


def test_every_scope_that_we_know_has_words() -> None:
    rights, others = rights_of(EVERY_SCOPE - {"application:application:self_manage"})
    assert others == []
    for texts in CONNECT_TEXTS.values():
        assert rights == texts.rights.keys()


def test_both_languages_say_the_same_things() -> None:
    assert VI.pages.keys() == EN.pages.keys()
    for end, said in VI.pages.items():
        assert len(said.paragraphs) == len(EN.pages[end].paragraphs)
