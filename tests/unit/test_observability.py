"""What is logged and measured: enough to find a submission by its id, and nothing of whom it is about."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from larkbridge.observability import count, gauge_seconds, instrumented, log_crash, logger
from larkbridge.store.submissions import FormType
from sandbox.faults import Fault
from sandbox.lark.workflow import ErrorCode
from tests.support.aws import SECRETS
from tests.support.aws_faults import aws_fails, service_error
from tests.support.forms import FORMS, http_event
from tests.support.output import Output, captured
from tests.support.servers import Network, answering
from tests.support.world import WEBHOOK_URL, Context, World
from tools.api_key import create_key

HOLD = FormType.HOLD
PERSONAL = ["912345678", "0912 345 678", "Nguyễn", "Hà", "Minh An", "Mầm 3A", "quê ăn Tết", "2027-01-31"]
SECRET = [
    *SECRETS["LARK_FORM_WEBHOOK_TOKEN"],
    WEBHOOK_URL,
    "webhook/event",
    "idempotency-1",
    "lkb_",
    "Bearer",
]

type Scenario = Callable[[World], None]


def _post(world: World) -> None:
    world.post(HOLD, idempotency_key="idempotency-1")


def _post_while(fault: Fault) -> Scenario:
    def scenario(world: World) -> None:
        world.lark.faults.set(fault)
        _post(world)

    return scenario


def _post_failing_at(
    service: str, operation: str, error: type[Exception] | None = None, after: int = 0
) -> Scenario:
    def quoting() -> Exception:
        return (error or RuntimeError)(json.dumps(FORMS[HOLD], ensure_ascii=False), SECRET)

    def scenario(world: World) -> None:
        with aws_fails(service, operation, quoting if error else service_error, after=after):
            _post(world)

    return scenario


def _refused(world: World) -> None:
    wrong = FORMS[HOLD] | {"holdUntil": "2026-01-31", "parentPhone": "+849123456781", "Nguyễn": "Hà"}
    assert world.post(HOLD, wrong, idempotency_key="idempotency-1").status == 400


def _not_json(world: World) -> None:
    event = http_event(str(FORMS[HOLD]), headers={"content-type": "application/json"})
    assert world.send(HOLD, event).status == 400


def _key_reused(world: World) -> None:
    _post(world)
    assert world.post(HOLD, FORMS[HOLD] | {"note": "Khác"}, idempotency_key="idempotency-1").status == 409


def _retried(world: World) -> None:
    _post_while(Fault("down"))(world)
    world.clock.advance(minutes=5)
    instrumented(lambda *_: world.retry_due())({}, Context("run"))


def _administered(world: World) -> None:
    _post_while(Fault("down"))(world)
    key = create_key(world.environ["API_KEYS_TABLE"], "console", "IT", dynamodb=boto3.resource("dynamodb"))
    for given in (key, "lkb_wrong"):
        world.admin(http_event(route="GET /v1/submissions", headers={"x-api-key": given}))
    world.admin(
        http_event(route="GET /v1/submissions", headers={"x-api-key": key}, query={"Hà": "912345678"})
    )


SCENARIOS: dict[str, tuple[Scenario, str]] = {
    "sent": (_post, "submission attempted"),
    "down": (_post_while(Fault("down")), "submission attempted"),
    "answer lost": (_post_while(Fault("answer_lost")), "submission attempted"),
    "bearer": (_post_while(Fault("error_code", code=ErrorCode.BAD_CREDENTIAL)), "submission attempted"),
    "refused": (_refused, "request refused"),
    "not json": (_not_json, "request refused"),
    "key reused": (_key_reused, "request refused"),
    "not stored": (_post_failing_at("dynamodb", "PutItem"), "request failed"),
    "crash": (_post_failing_at("dynamodb", "PutItem", RuntimeError), "request failed"),
    "crash after storing": (_post_failing_at("dynamodb", "UpdateItem", KeyError, 1), "first attempt failed"),
    "not recorded": (_post_failing_at("dynamodb", "UpdateItem", after=1), "first attempt failed"),
    "no secrets": (_post_failing_at("secretsmanager", "GetSecretValue"), "submission attempted"),
    "retried": (_retried, "submission attempted"),
    "administered": (_administered, "request refused"),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_personal_and_no_secret_is_written(world: World, name: str) -> None:
    scenario, message = SCENARIOS[name]
    with captured() as output:
        scenario(world)
    assert output.logged(message)
    unescaped = json.dumps(output.lines, ensure_ascii=False) + output.text
    assert [one for one in PERSONAL + SECRET if one in unescaped] == []


def test_attempt_is_found_by_its_submissions_id(world: World) -> None:
    with captured() as output:
        submission_id = world.post(HOLD).body["submissionId"]
    (line,) = output.logged("submission attempted")
    assert line["submissionId"] == submission_id
    assert (line["level"], line["service"], line["formType"]) == ("INFO", "larkbridge-test", "hold")
    assert (line["attempt"], line["verdict"], line["status"]) == (1, "ok", "sent")
    assert line["function_request_id"] == "request-1"


def test_our_fault_is_found_by_the_id_that_the_client_got(world: World) -> None:
    with captured() as output, aws_fails("dynamodb", "PutItem"):
        answer = world.post(HOLD)
    (line,) = output.logged("request failed")
    assert line["requestId"] == answer.body["requestId"]
    assert (line["level"], line["error"]) == ("ERROR", "AwsUnavailableError")


def test_crash_tells_where_and_of_what_kind_but_not_what() -> None:
    with captured() as output:
        try:
            json.loads("secret text")
        except ValueError as error:
            log_crash("it broke", error, submissionId="id-1")
    (line,) = output.logged("it broke")
    assert (line["error"], line["submissionId"]) == ("JSONDecodeError", "id-1")
    assert any(place.startswith("test_observability.py:") for place in line["place"])
    assert "secret" not in output.text
    assert "/" not in "".join(line["place"])


@pytest.fixture
def network() -> Iterator[Network]:
    with Network.open() as network:
        yield network


def test_http_client_does_not_log_the_webhooks_url(network: Network) -> None:
    url = network.serve(answering()).url
    with captured() as output:
        logging.getLogger("anybody else").info("is heard")
        network.poster().post(url, body=b"", headers={})
    assert "is heard" in output.text
    assert url not in output.text
    assert "/hook" not in output.text


def _metrics_of(scenario: Scenario, world: World) -> Output:
    with captured() as output:
        scenario(world)
    return output


@pytest.mark.parametrize(
    ("scenario", "metrics"),
    [
        (_post, {"SubmissionsAccepted", "SubmissionsSent"}),
        (_post_while(Fault("down")), {"SubmissionsAccepted", "SubmissionsFailed"}),
        (
            _post_while(Fault("error_code", code=ErrorCode.BODY_NOT_JSON)),
            {"SubmissionsAccepted", "SubmissionsDead"},
        ),
        (_post_failing_at("dynamodb", "UpdateItem", after=1), {"SubmissionsAccepted", "AttemptsCrashed"}),
        (_post_failing_at("dynamodb", "PutItem"), {"RequestsFailed"}),
        (_refused, set()),
    ],
)
def test_each_outcome_is_counted_once(world: World, scenario: Scenario, metrics: set[str]) -> None:
    assert _metrics_of(scenario, world).metrics == {name: [1.0] for name in metrics}


def test_repeat_is_not_counted_again(world: World) -> None:
    _post(world)
    assert _metrics_of(_post, world).metrics == {}


def test_opened_circuit_is_counted(world: World) -> None:
    for _ in range(5):
        _post_while(Fault("down"))(world)
        world.post()
    world.clock.advance(minutes=5)
    with captured() as output:
        instrumented(lambda *_: world.retry_due())({}, Context("run"))
    assert output.metrics["CircuitOpened"] == [1.0]
    assert output.metrics["SubmissionsFailed"] == [1.0] * 5


def test_metrics_have_one_dimension_the_service() -> None:
    with captured() as output:
        instrumented(lambda *_: (count("Things", 3), gauge_seconds("Age", 1.5)))({}, Context("run"))
    (document,) = output.lines
    (directive,) = document["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("Larkbridge", [["service"]])
    assert (document["service"], document["Things"], document["Age"]) == ("larkbridge-test", [3.0], [1.5])
    assert {one["Name"]: one["Unit"] for one in directive["Metrics"]} == {"Things": "Count", "Age": "Seconds"}


def test_metrics_are_written_even_when_the_handler_fails() -> None:
    def fail(*_: Any) -> None:
        count("Things")
        raise RuntimeError

    with captured() as output, pytest.raises(RuntimeError):
        instrumented(fail)({}, Context("run"))
    assert output.metrics == {"Things": [1.0]}


def test_log_lines_of_one_request_do_not_carry_over_to_the_next() -> None:
    with captured() as output:
        instrumented(lambda *_: logger.append_keys(submissionId="id-1"))({}, Context("first"))
        instrumented(lambda *_: logger.info("second"))({}, Context("second"))
    (line,) = output.logged("second")
    assert "submissionId" not in line
    assert line["function_request_id"] == "second"
