"""People connect their Lark account on the deployed stack: by a link in their chat, and from a laptop."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from larkbridge.people.connecting import Connecting
from sandbox.lark.base_control import CONTROL
from sandbox.lark.chats import P2P
from sandbox.lark.contacts import PEOPLE
from tests.support.aws import CREDENTIALS
from tests.support.lark_accounts import pressed
from tests.support.stack import LocalStack
from tests.support.stack_connecting import asked, connecting_on
from tests.support.template import ROOT
from tests.support.waiting import wait_for

PERSON, NAMESAKE, MANAGER = PEOPLE
SECONDS = 40.0


@pytest.fixture
def lark(stack: LocalStack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.description["sandboxUrl"], timeout=10) as client:
        yield client


@pytest.fixture
def browser(stack: LocalStack) -> Iterator[httpx.Client]:
    with httpx.Client(timeout=SECONDS) as client:
        yield client


@pytest.fixture
def connecting(stack: LocalStack) -> Iterator[Connecting]:
    with connecting_on(stack) as connecting:
        yield connecting


def agreed(browser: httpx.Client, link: str, open_id: str) -> httpx.Response:
    """Press the button of our page and that of Lark's; return where that leads."""
    t = dict(parse_qsl(urlsplit(link).query))["t"]
    left = browser.post(link.partition("?")[0], data={"t": t, "lang": "vi"})
    assert left.status_code == 303, left.text
    page = browser.get(left.headers["location"])
    action, fields = pressed(page.text, open_id)
    back = browser.post(httpx.URL(page.url).join(action), data=fields)
    assert back.status_code == 302, back.text
    return browser.get(back.headers["location"])


def stored(stack: LocalStack, open_id: str) -> dict[str, dict[str, str]]:
    key = {"ownerId": {"S": f"lark-user#{open_id}"}}
    return stack.aws("dynamodb").get_item(TableName=stack.table("TokensTable"), Key=key).get("Item", {})


def lines(lark: httpx.Client, open_id: str) -> list[str]:
    items = lark.get(f"{CONTROL}/chats/{P2P}{open_id}").raise_for_status().json()["items"]
    return [item["text"] for item in items]


def test_the_accounts_site_is_another_site_than_the_api(
    stack: LocalStack, browser: httpx.Client, connecting: Connecting
) -> None:
    link = asked(connecting, PERSON.open_id)
    t = dict(parse_qsl(urlsplit(link).query))["t"]
    left = browser.post(link.partition("?")[0], data={"t": t, "lang": "vi"})
    assert {urlsplit(link).hostname, urlsplit(left.headers["location"]).hostname} == {
        "127.0.0.1",
        "localhost",
    }


def test_a_person_follows_the_link_and_is_connected(
    stack: LocalStack, lark: httpx.Client, browser: httpx.Client, connecting: Connecting
) -> None:
    link = asked(connecting, PERSON.open_id)
    shown = browser.get(link, params={"lang": "vi"} | dict(parse_qsl(urlsplit(link).query)))
    assert shown.status_code == 200
    assert PERSON.name in shown.text
    page = agreed(browser, link, PERSON.open_id)
    assert page.status_code == 200, page.text
    assert "Đã kết nối" in page.text
    assert stored(stack, PERSON.open_id)["userId"] == {"S": PERSON.user_id}
    assert "u-" not in str(stored(stack, PERSON.open_id)["accessToken"])
    wait_for(
        lambda: any("Đã kết nối" in line for line in lines(lark, PERSON.open_id)),
        SECONDS,
        lambda: lines(lark, PERSON.open_id),
    )


def test_somebody_else_is_refused(
    stack: LocalStack, lark: httpx.Client, browser: httpx.Client, connecting: Connecting
) -> None:
    page = agreed(browser, asked(connecting, NAMESAKE.open_id), MANAGER.open_id)
    assert page.status_code == 403
    assert stored(stack, NAMESAKE.open_id) == {}
    assert any("người khác" in line for line in lines(lark, NAMESAKE.open_id))


def test_a_laptop_connects_a_person(stack: LocalStack, browser: httpx.Client) -> None:
    command = [sys.executable, "-m", "tools.connect", "--stack", stack.description["stackName"]]
    environ = CREDENTIALS | {
        "AWS_ENDPOINT_URL": stack.aws_endpoint,
        "AWS_DEFAULT_REGION": stack.description["region"],
    }
    process = subprocess.Popen(  # noqa: S603 - our own words
        [*command, "--person", MANAGER.open_id],
        cwd=ROOT,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    first = process.stdout.readline()
    link = re.search(r"http\S+", first)
    assert link, first + process.stdout.read()
    page = browser.get(link[0])
    action, fields = pressed(page.text, MANAGER.open_id)
    browser.post(httpx.URL(page.url).join(action), data=fields).raise_for_status()
    began = time.monotonic()
    said, _ = process.communicate(timeout=SECONDS)
    assert (process.returncode, said.strip()) == (0, f"Connected: {MANAGER.name}, {MANAGER.open_id}")
    assert time.monotonic() - began < SECONDS
    assert stored(stack, MANAGER.open_id)["userId"] == {"S": MANAGER.user_id}
