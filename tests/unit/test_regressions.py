"""What went wrong once, and must not again."""

import json
import random
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import httpx
import pytest

from larkbridge.apigateway import endpoint, read_fields, read_request
from larkbridge.aws import Secrets
from larkbridge.clock import to_text
from larkbridge.http_client import HttpClient, NotSentError
from larkbridge.http_exchange import Response
from larkbridge.store.destinations import Destination
from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from larkbridge.targets.lark_form import LarkForm
from larkbridge.targets.policies import SUBMISSION
from larkbridge.work import circuit, states
from larkbridge.work.outcome import Outcome, Verdict
from tests.support.clock import START, SimulatedClock
from tests.support.forms import FORMS, http_event
from tests.support.servers import Network, answering
from tests.support.submissions import submission_at
from tests.support.world import Context, World
from tools.api_key import create_key

INFO, HOLD, TRANSFER = FormType.STUDENT_INFO, FormType.HOLD, FormType.TRANSFER
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}


def handler(event: dict[str, Any]) -> dict[str, Any]:
    return endpoint(lambda event: Response.json({"n": len(read_fields(read_request(event)))}))(
        event, Context("r")
    )


def test_breaker_survives_a_long_outage() -> None:
    state, now = Destination(), START
    for _ in range(100):
        state = circuit.observe(state, Outcome(verdict=Verdict.RETRY, reason="down"), now)
        now += timedelta(minutes=15)
    assert circuit.is_open(state, now - timedelta(minutes=1))


@pytest.mark.parametrize("seconds", [10**12, 10**15, float("inf")])
def test_states_survive_any_retry_after(seconds: float) -> None:
    outcome = Outcome(verdict=Verdict.RETRY, reason="rate_limited", retry_after=seconds)
    change = states.record(submission_at(0), SUBMISSION, outcome, START, random.Random(0))
    assert change.fields["next_attempt_at"] <= to_text(START + timedelta(hours=48))


@pytest.mark.parametrize("body", ['{"\\ud800": 1, "\\ud800": 2}'])
def test_web_answer_to_a_field_twice_can_be_encoded(body: str) -> None:
    assert handler(http_event(body, headers=JSON))["body"].encode()


def test_admin_unreadable_field_name_is_400(world: World) -> None:
    key = create_key(world.environ["API_KEYS_TABLE"], "n", "o", dynamodb=boto3.resource("dynamodb"))
    event = http_event(
        '{"\\ud800": 1}', route="POST /v1/submissions/retry", headers=JSON | {"x-api-key": key}
    )
    assert world.admin(event).status == 400


def test_form_too_long_text_says_so(world: World) -> None:
    message = world.post(INFO, FORMS[INFO] | {"studentName": "a" * 201}).body["fields"]["studentName"]
    assert "200" in message


@pytest.mark.parametrize("prefix", ["", "aa=&"])
def test_web_many_fields_are_refused(prefix: str) -> None:
    names = [f"{number:x}" for number in range(20_000)]
    body = (prefix + "&".join(f"{name}=1" for name in names))[:65_000].rpartition("&")[0]
    response = handler(http_event(body + "&aa=2", headers=FORM))
    assert response["statusCode"] == 400


def test_form_answer_does_not_blow_up(world: World) -> None:
    body = "&".join(f"{number:x}=1" for number in range(9_000))
    answer = world.send(INFO, http_event(body, headers=FORM))
    assert len(json.dumps(answer.body)) < 64 * 1024


@pytest.mark.parametrize("value", [True, "1_0", "12.0"])
def test_form_sessions_must_be_a_number(world: World, value: object) -> None:
    assert world.post(TRANSFER, FORMS[TRANSFER] | {"remainingSessions": value}).status == 400


@pytest.mark.parametrize("value", ["", None, "  "])
def test_form_unknown_field_is_refused_even_when_empty(world: World, value: object) -> None:
    assert world.post(INFO, FORMS[INFO] | {"isAdmin": value}).status == 400


@pytest.mark.parametrize("body", [b"a=%ff", b"a=%C3", b"%80=a"])
def test_web_percent_escapes_that_are_not_utf8_are_400(body: bytes) -> None:
    assert handler(http_event(body, headers=FORM, base64_encoded=True))["statusCode"] == 400


@pytest.mark.parametrize(
    "phone", ["0912 FLOWER", "0912ABCDEF", "+1 800 FLOWERS", "*0912345678", "số 0912345678"]
)
def test_form_phone_with_letters_is_none(world: World, phone: str) -> None:
    assert world.post(INFO, FORMS[INFO] | {"parentPhone": phone}).status == 400


@pytest.mark.parametrize("text", ["\u200b", "\u2060\u200d", "\u202e", "\ufeff", "\u2028"])
def test_form_name_that_nobody_can_see_is_missing(world: World, text: str) -> None:
    assert world.post(INFO, FORMS[INFO] | {"studentName": text}).status == 400


@pytest.mark.parametrize("text", ["An\u202eneyugN", "An\u2066", "An\u200f\u200e\u202a"])
def test_form_bidi_overrides_are_dropped(world: World, text: str) -> None:
    assert world.post(INFO, FORMS[INFO] | {"studentName": text}).status == 200
    (run,) = world.lark.runs
    assert run.payload["studentName"] == "".join(filter(str.isascii, text))


@pytest.mark.parametrize("text", ["\x1bAn", "An\x07", "An\x9b", "An\0"])
def test_form_control_characters_at_the_edge_are_refused(world: World, text: str) -> None:
    assert world.post(INFO, FORMS[INFO] | {"studentName": text}).status == 400


def test_form_key_with_control_characters_is_refused(world: World) -> None:
    assert world.post(INFO, FORMS[INFO] | {"submissionKey": "a\0b"}).status == 400


def test_form_key_is_the_same_in_header_and_field_when_padded(world: World) -> None:
    first = world.post(HOLD, FORMS[HOLD] | {"submissionKey": " key "})
    assert world.post(HOLD, idempotency_key=" key ").body == first.body


@pytest.mark.parametrize("token", ["token\n", "token ", "to\0ken"])
def test_http_a_header_that_cannot_be_sent_is_not_sent(token: str) -> None:
    with ExitStack() as stack:
        network = Network(stack)
        server = network.serve(answering())
        with pytest.raises(NotSentError):
            network.poster().post(server.url, body=b"", headers={"Authorization": f"Bearer {token}"})


def test_settings_one_malformed_secret_leaves_the_others_readable() -> None:
    secrets = Secrets(lambda: '{"OTHER": 7, "GOOD": "value"}', SimulatedClock())
    assert secrets.first("GOOD") == "value"


def test_states_what_is_cut_off_each_time_dies_too() -> None:
    submission, now = submission_at(0), START
    for _ in range(40):
        now += SUBMISSION.lease + timedelta(days=3)
        if submission.status == Status.DEAD:
            break
        change = states.claim(submission, SUBMISSION, "run", now, random.Random(0))
        submission = replace(submission, **change.fields)
    assert submission.status == Status.DEAD
    assert submission.attempt_count <= 12


def test_form_marks_in_the_worst_order_are_refused(world: World) -> None:
    note = "a" + "\u0301" * 15_000 + "\u0316" * 15_000
    body = json.dumps(FORMS[INFO] | {"note": note}, ensure_ascii=False)
    assert world.send(INFO, http_event(body, headers=JSON)).status == 400


def test_admin_empty_cursor_is_400(world: World) -> None:
    assert world.call_admin("GET /v1/submissions", query={"cursor": ""}).status == 400


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b'{"code": 1, "msg": "\\ud800"}'),
        httpx.Response(200, content=b'{"code": ' + b"9" * 60 + b"}"),
        httpx.Response(429, headers={"retry-after": "9" * 400}),
        httpx.Response(200, headers={"x-tt-logid": "x" * 50_000}, content=b'{"code": 1}'),
    ],
    ids=["surrogate", "huge code", "huge wait", "huge log id"],
)
def test_flows_whatever_lark_answers_can_be_stored(answer: httpx.Response) -> None:
    poster = HttpClient(httpx.MockTransport(lambda _: answer))
    outcome = LarkForm("http://lark.test/", lambda: None, poster, SimulatedClock(), str).send(
        submission_at(0)
    )
    change = states.record(submission_at(0), SUBMISSION, outcome, START, random.Random(0))
    assert len(json.dumps(change.attempts, ensure_ascii=False).encode()) < 1000
    assert abs(outcome.lark_code or 0) < 2**63
