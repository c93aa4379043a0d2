"""A provider that nobody set up is no server error, whoever knocks, and no answer names a secret."""

from typing import Any

import pytest

from tests.support.output import captured
from tests.support.webhooks import request
from tests.support.world import Answer, World

NAMES = ["clerk", "github", "meta", "modelriver", "shopify", "stripe", "zalo"]
OWN_ROUTES = ["/webhook/event", "/webhook/lark", "/webhook/card", "/v1/webhooks/feishu/button"]
NAMED = ("SECRET", "TOKEN", "KEY", "ZALO", "LARK", "META", "configured")


def ask(world: World, name: str, method: str = "POST", body: bytes = b"{}") -> Answer:
    """Send what anybody can send to a provider's address."""
    if name.startswith("/"):
        return world.receive(request(f"{method} {name}", body))
    return world.receive(request(f"{method} /webhooks/{{provider}}", body, path={"provider": name}))


def told(answer: Answer) -> tuple[int, dict[str, Any]]:
    return answer.status, {name: value for name, value in answer.body.items() if name != "requestId"}


@pytest.fixture
def bare(world: World) -> World:
    """A bundle that uses no provider."""
    world.put_secrets({"LARK_FORM_WEBHOOK_TOKEN": "token"})
    world.restart(ZALO_APP_ID="", ZALO_OA_ID="")
    return world


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", [b"{}", b"", b"no JSON"], ids=["{}", "none", "text"])
def test_unused_provider_answers_as_an_unknown_one(bare: World, name: str, body: bytes) -> None:
    with captured() as output:
        answer = ask(bare, name, body=body)
    assert told(answer) == told(ask(bare, "nobody", body=body))
    assert output.metrics["WebhooksNotConfigured"] == [1]
    assert output.logged("webhook not configured")[0]["source"] == name


def test_unused_provider_answers_a_handshake_as_an_unknown_one(bare: World) -> None:
    assert told(ask(bare, "meta", "GET")) == told(ask(bare, "nobody", "GET"))


@pytest.mark.parametrize("route", OWN_ROUTES)
def test_unused_route_is_not_found(bare: World, route: str) -> None:
    with captured() as output:
        answer = ask(bare, route)
    assert answer.status == 404
    assert [word for word in NAMED if word in str(answer.body)] == []
    assert output.metrics["WebhooksNotConfigured"] == [1]


PARTLY: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    "a verify token alone": ("meta", {"META_VERIFY_TOKEN": "token"}, {}),
    "a secret without its app": ("zalo", {"ZALO_OA_SECRET_KEY": "secret"}, {"ZALO_APP_ID": ""}),
    "an app without its secret": ("zalo", {}, {"ZALO_APP_ID": "1"}),
    "a number for a secret": ("stripe", {"STRIPE_WEBHOOK_SECRET": 1}, {}),
    "no key at all": ("clerk", {"CLERK_WEBHOOK_SIGNING_SECRET": "whsec_%"}, {}),
    "a number for a key": ("/webhook/event", {"LARK_ENCRYPT_KEY": 1}, {}),
    "addresses alone": ("/v1/webhooks/feishu/button", {}, {"FEISHU_BUTTON_ALLOWED_CIDRS": "203.0.113.0/24"}),
}


@pytest.mark.parametrize("case", PARTLY)
def test_provider_that_is_set_up_in_part_is_unavailable_and_names_nothing(world: World, case: str) -> None:
    name, secrets, settings = PARTLY[case]
    world.put_secrets(secrets)
    world.restart(**settings)
    with captured() as output:
        answer = ask(world, name)
    assert answer.status == 503
    assert [word for word in NAMED if word in str(answer.body.get("message"))] == []
    assert output.metrics.get("WebhooksMisconfigured") == [1]
    assert output.logged("webhook not configured")[0]["setting"]
