"""The one way in, whoever sends."""

import json
import subprocess
import sys
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from larkbridge.inbound.all_providers import BY_NAME, BY_PATH
from larkbridge.inbound.receive import MAX_BODY_BYTES
from larkbridge.store.events import Event
from larkbridge.store.work import Status
from larkbridge.work import states
from tests.support.aws_faults import aws_fails
from tests.support.calls import Calls
from tests.support.documents import noise
from tests.support.output import captured
from tests.support.tampering import HEADERS
from tests.support.template import ROOT
from tests.support.webhooks import LARK_APP_ID, request
from tests.support.world import World

PUSH = {"ref": "refs/heads/main"}
CLICK = {"app_token": "app", "table_id": "tbl", "record_id": "rec1", "user_id": "ou_1"}
ROUTES = [(f"POST {path}", {}) for path in BY_PATH] + [
    ("POST /webhooks/{provider}", {"provider": name}) for name in (*BY_NAME, "nobody", "")
]


def only_event(world: World) -> Event:
    (summary,) = world.events.listed(["github", "feishu-button", "stripe"], set(Status), None)
    event = world.events.get(summary.event_id)
    assert event is not None
    return event


def move(world: World, event: Event, status: Status) -> None:
    """End an attempt at an event in some status."""
    world.events.change(event, {"status": status, "next_attempt_at": None, "lease_owner": None})


def click(world: World, number: int = 1, **fields: str) -> Any:
    document = CLICK | {"timestamp": f"{world.clock.timestamp() * 1000:.0f}", "click": number} | fields
    return world.webhook("feishu-button", document)


def test_event_is_stored_with_one_request_and_so_is_a_duplicate(world: World) -> None:
    world.webhook("github-ping", {"zen": "warms the secrets up"})
    for _ in range(2):
        with world.watch() as calls:
            answer = world.webhook("github-push", PUSH)
        assert (answer.status, answer.body) == (200, {"ok": True})
        assert calls.made == ["dynamodb PutItem"]
    pushes = [one for one in world.events.listed(["github"], set(Status), None) if one.type == "push"]
    assert len(pushes) == 1


def test_event_waits_for_the_stream_before_the_retry_job_may_take_it(world: World) -> None:
    world.webhook("github-push", PUSH)
    event = only_event(world)
    assert (event.status, event.attempt_count, json.loads(event.payload)) == (Status.RECEIVED, 0, PUSH)
    assert not states.is_due(event, world.clock.now())
    world.clock.advance(seconds=60)
    assert states.is_due(event, world.clock.now())
    assert event.expires_at is None


def test_base64_body_is_verified_as_the_bytes_that_were_sent(world: World) -> None:
    assert world.webhook("github-push", PUSH, base64_encoded=True).status == 200
    assert json.loads(only_event(world).payload) == PUSH


@pytest.mark.parametrize("route", ["POST /webhook/event", "POST /webhooks/{provider}"])
def test_a_strangers_large_body_is_refused_and_rings_no_alarm(world: World, route: str) -> None:
    body = b"x" * (MAX_BODY_BYTES + 1)
    with captured() as output:
        answer = world.receive(request(route, body, path={"provider": "github"}))
    assert (answer.status, answer.body["error"]) == (413, "payload_too_large")
    assert "WebhooksTooLarge" not in output.metrics


@pytest.mark.parametrize("size", [900, 5_000, 12_000, 600_000, 3_140_000])
def test_large_event_is_stored_whole_with_one_request(world: World, size: int) -> None:
    large = PUSH | {"note": noise(size)}
    world.webhook("github-ping", {"zen": "warms the secrets up"})
    for _ in range(2):
        with world.watch() as calls:
            assert world.webhook("github-push", large).status == 200
        assert calls.count("dynamodb") == 1
    (event,) = [one for one in world.events.listed(["github"], set(Status), None) if one.type == "push"]
    stored = world.events.get(event.event_id)
    assert stored is not None
    assert json.loads(world.events.with_payload(stored).payload) == large


def test_missing_secret_refuses_that_provider_alone_and_is_counted(world: World) -> None:
    world.put_secrets({"GITHUB_WEBHOOK_SECRET": "github-webhook-secret"})
    with captured() as output:
        refused = world.webhook("stripe", {"id": "evt_1", "type": "a"})
        taken = world.webhook("github-push", PUSH)
    assert (refused.status, refused.body["error"], taken.status) == (404, "not_found", 200)
    assert output.metrics["WebhooksNotConfigured"] == [1]


def test_deleted_secret_fails_closed_at_once(world: World) -> None:
    world.webhook("stripe", {"id": "evt_1", "type": "a"})
    boto3.client("secretsmanager").delete_secret(SecretId=world.environ["SECRETS_ID"])
    world.clock.advance(minutes=6)
    assert world.webhook("stripe", {"id": "evt_1", "type": "a"}).status == 500


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"STRIPE_WEBHOOK_SECRET": null}', '{"STRIPE_WEBHOOK_SECRET": ["a", 1]}'], ids=str
)
def test_malformed_secret_is_not_configured_and_named(world: World, text: str) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId=world.environ["SECRETS_ID"], SecretString=text)
    world.restart()
    with captured() as output:
        refused = world.webhook("stripe", {"id": "evt_1", "type": "a"})
    assert (refused.status, refused.body["error"]) == (503, "not_configured")
    assert output.metrics["WebhooksNotConfigured"] == [1]
    assert "secret" in output.logged("webhook not configured")[0]["setting"]


PARTLY: dict[str, tuple[str, dict[str, Any]]] = {
    "a secret without its app": ("zalo", {"ZALO_OA_SECRET_KEY": "secret"}),
    "a number for a secret": ("stripe", {"STRIPE_WEBHOOK_SECRET": 1}),
    "no key at all": ("clerk", {"CLERK_WEBHOOK_SIGNING_SECRET": "whsec_%"}),
}


@pytest.mark.parametrize("case", PARTLY)
def test_no_stranger_can_ring_for_our_errors_at_a_provider_that_is_set_up_in_part(
    world: World, case: str
) -> None:
    name, secrets = PARTLY[case]
    world.put_secrets(secrets)
    world.restart(ZALO_APP_ID="")
    with captured() as output:
        answers = [
            world.receive(request("POST /webhooks/{provider}", b"{}", path={"provider": name}))
            for _ in range(2)
        ]
    assert [answer.status for answer in answers] == [503, 503]
    assert output.metrics["WebhooksMisconfigured"] == [1, 1]
    assert "RequestsFailed" not in output.metrics


def test_request_that_fails_is_counted_once_and_no_refusal_is(world: World) -> None:
    with captured() as output, aws_fails("dynamodb", "PutItem"):
        answers = [world.webhook("github-push", PUSH), world.post(), world.webhook("github-push", b"no JSON")]
    assert [answer.status for answer in answers] == [500, 500, 400]
    assert output.metrics["RequestsFailed"] == [1, 1]


@pytest.mark.parametrize(
    "body", [b"<xml/>", b"[]", b'"text"', b'{"a": NaN}', b'{"a": 1e999}', b"\xff", b"[" * 100_000]
)
def test_what_is_signed_and_no_json_object_is_refused_and_logged(world: World, body: bytes) -> None:
    with captured() as output:
        answer = world.webhook("github-push", body, base64_encoded=True)
    assert (answer.status, answer.body["error"]) == (400, "bad_request")
    assert output.logged("request refused")[0]["error"] == "bad_request"


def test_unknown_provider_is_not_found(world: World) -> None:
    answer = world.receive(request("POST /webhooks/{provider}", b"{}", path={"provider": "nobody"}))
    assert (answer.status, answer.body["error"]) == (404, "not_found")


@pytest.mark.parametrize("status", [Status.FAILED, Status.DEAD])
def test_redelivery_of_what_failed_makes_it_due_again(world: World, status: Status) -> None:
    world.webhook("github-push", PUSH)
    move(world, only_event(world), status)
    assert world.webhook("github-push", PUSH).status == 200
    event = only_event(world)
    assert event.status == Status.RECEIVED
    assert states.is_due(event, world.clock.now())


@pytest.mark.parametrize("status", [Status.SUCCESS, Status.IGNORED])
def test_redelivery_of_what_is_done_changes_nothing(world: World, status: Status) -> None:
    world.webhook("github-push", PUSH)
    move(world, only_event(world), status)
    assert world.webhook("github-push", PUSH).body == {"ok": True}
    assert only_event(world).status == status


def test_clicks_over_the_limit_are_refused_until_the_minute_is_over(world: World) -> None:
    world.restart(FEISHU_BUTTON_USER_LIMIT="2")
    assert [click(world, number).status for number in (1, 2)] == [200, 200]
    refused = click(world, 3)
    assert (refused.status, refused.body["error"]) == (429, "RATE_LIMIT_EXCEEDED")
    wait = int(refused.headers["retry-after"])
    assert 0 < wait <= 60
    assert click(world, 4, user_id="ou_2").status == 200
    world.clock.advance(seconds=wait)
    assert click(world, 3).status == 200


def test_duplicate_click_counts_for_no_limit(world: World) -> None:
    world.restart(FEISHU_BUTTON_USER_LIMIT="2")
    click(world, 1)
    with world.watch() as calls:
        assert [click(world, 1).status for _ in range(5)] == [200] * 5
    assert calls.count("dynamodb") == 5
    assert click(world, 2).status == 200
    assert click(world, 3).status == 429


class _AwsDown(Calls):
    def before(self, name: str) -> None:
        if name.startswith("dynamodb"):
            raise EndpointConnectionError(endpoint_url="https://dynamodb.test")


def test_what_cannot_be_stored_is_not_acknowledged(world: World) -> None:
    with world.watch(_AwsDown()):
        answer = world.webhook("github-push", PUSH)
    assert (answer.status, answer.body["error"]) == (500, "internal_error")
    assert world.webhook("github-push", PUSH).status == 200
    assert only_event(world).type == "push"


def test_neither_body_nor_header_reaches_the_log(world: World) -> None:
    with captured() as output:
        world.webhook("github-push", PUSH | {"phone": "+84901234567"})
        world.receive(request("POST /webhooks/{provider}", b"0901234567", path={"provider": "stripe"}))
    assert "webhook received" in output.text
    assert "901234567" not in output.text
    assert "sha256=" not in output.text


@given(
    route=st.sampled_from(ROUTES),
    body=st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
        max_leaves=8,
    ).map(lambda document: json.dumps(document).encode()),
    headers=st.dictionaries(
        st.sampled_from(HEADERS),
        st.text(max_size=40),
        max_size=5,
    ),
)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_stranger_gets_neither_in_nor_a_server_error(
    world: World, route: tuple[str, dict[str, str]], body: bytes, headers: dict[str, str]
) -> None:
    answer = world.receive(request(route[0], body, headers, path=route[1], base64_encoded=True))
    assert answer.status in (400, 401, 403, 404)


def test_nothing_heavy_is_imported_on_the_way_in() -> None:
    script = (
        "import sys; import larkbridge.inbound.webhook_routes; "
        "print(*{name.partition('.')[0] for name in sys.modules} "
        "& {'httpx', 'pydantic', 'boto3', 'Crypto', 'phonenumbers', 'aws_xray_sdk'})"
    )
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_lark_verification_token_is_not_kept(world: World) -> None:
    header = {"event_id": "e1", "event_type": "a", "token": "lark-verification-token", "app_id": LARK_APP_ID}
    assert world.webhook("lark", {"schema": "2.0", "header": header, "event": {}}).status == 200
    event = world.events.get("lark#e1")
    assert event is not None
    assert json.loads(event.payload) == {"schema": "2.0", "header": header | {"token": ""}, "event": {}}
