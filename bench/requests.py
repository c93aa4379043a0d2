"""DynamoDB requests and POSTs of each operation, counted as they leave the process."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import boto3

from bench.samples import webhook_sample
from bench.table import NotMeasurableError, Row
from larkbridge.inbound.all_providers import SOURCES
from larkbridge.processors.stream import process_records
from larkbridge.store.events import PART_BYTES
from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from sandbox.faults import Fault
from tests.support.documents import noise
from tests.support.forms import http_event
from tests.support.memory_dynamo.aws import SETTINGS, memory_account
from tests.support.stream import stream_batch
from tests.support.world import Answer, World
from tools.api_key import create_key

type Action = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Operation:
    """Something to count.

    Attributes
    ----------
    prepare
        Brings a world into the state that is wanted and returns what to count.
    budget
        DynamoDB requests and POSTs.
    """

    name: str
    prepare: Callable[[World], Action]
    budget: tuple[int, int] | None = None


def measure() -> Iterator[Row]:
    """Yield one row for each operation, on warm functions whose secret is cached."""
    for operation in OPERATIONS:
        with memory_account():
            world = World(SETTINGS)
            world.post()
            action = operation.prepare(world)
            with world.watch() as calls:
                action()
        yield _row(operation, (calls.count("dynamodb"), calls.count("POST")))


def _row(operation: Operation, made: tuple[int, int]) -> Row:
    measure = f"DynamoDB requests + POSTs: {operation.name}"
    if operation.budget is None:
        return Row(measure, _sum(made))
    total, most = sum(made), sum(operation.budget)
    met = "yes" if made == operation.budget else f"NO, by {total - most:+d}"
    return Row(measure, _sum(made), _sum(operation.budget), f"{total / most:.2f}" if most else "-", met)


def _sum(counts: tuple[int, int]) -> str:
    return f"{counts[0]} + {counts[1]}"


def _happy_form(world: World) -> Action:
    return lambda: _check(world.post(), "sent")


def _form_after_a_pause(world: World) -> Action:
    world.clock.advance(seconds=11)
    return lambda: _check(world.post(), "sent")


def _repeated_form(world: World) -> Action:
    world.post(idempotency_key="once")
    return lambda: _check(world.post(idempotency_key="once"), "sent")


def _form_while_lark_is_down(world: World) -> Action:
    world.lark.faults.set(Fault("down"))
    return lambda: _check(world.post(), "failed")


def _retry_of(waiting: int) -> Callable[[World], Action]:
    def prepare(world: World) -> Action:
        _fail(world, waiting)
        world.clock.advance(minutes=2)
        return lambda: _expect(world.retry_due().attempted == waiting)

    return prepare


def _webhook(case: str) -> Callable[[World], Action]:
    def prepare(world: World) -> Action:
        request = webhook_sample(case, world.clock.timestamp())
        return lambda: _expect(world.receive(request).status == 200)

    return prepare


def _large_webhook(world: World) -> Action:
    document = {"commits": [noise(2 * PART_BYTES)]}
    return lambda: _expect(world.webhook("github-push", document).status == 200)


def _duplicate_webhook(world: World) -> Action:
    _webhook("stripe_checkout")(world)()
    return _webhook("stripe_checkout")(world)


def _webhook_after_a_failure(world: World) -> Action:
    duplicate = _duplicate_webhook(world)
    [event] = world.events.backlog(SOURCES)
    world.events.change(event, {"status": Status.FAILED})
    return duplicate


def _processing(case: str) -> Callable[[World], Action]:
    def prepare(world: World) -> Action:
        _webhook(case)(world)()
        batch = stream_batch([world.events.get(one.event_id) for one in world.events.backlog(SOURCES)])

        def process() -> None:
            answer = process_records(batch, world.processing, owner="bench", seconds=80)
            _expect(not answer["batchItemFailures"])

        return process

    return prepare


def _admin(route: str, query: dict[str, str] | None = None) -> Callable[[World], Action]:
    def prepare(world: World) -> Action:
        (submission_id,) = _fail(world, 1)
        dynamodb = boto3.resource("dynamodb")
        key = create_key(world.environ["API_KEYS_TABLE"], "bench", "bench", dynamodb=dynamodb)
        path = {"submissionId": submission_id}
        event = http_event(route=route, headers={"x-api-key": key}, path=path, query=query)
        return lambda: _expect(world.admin(event).status == 200)

    return prepare


def _fail(world: World, count: int) -> list[str]:
    world.lark.faults.set(Fault("down"))
    answers = [_check(world.post(), "failed") for _ in range(count)]
    world.lark.faults.clear()
    return [answer.body["submissionId"] for answer in answers]


def _check(answer: Answer, lark_status: str) -> Answer:
    _expect(answer.status == 200 and answer.body["larkStatus"] == lark_status)
    return answer


def _expect(condition: bool) -> None:
    if not condition:
        raise NotMeasurableError("the operation did not do what is counted here")


OPERATIONS = (
    Operation("form, happy path", _happy_form, budget=(3, 1)),
    Operation("form, 10 s after the circuit was last read", _form_after_a_pause, budget=(4, 1)),
    Operation("form, repeated with its key", _repeated_form),
    Operation("form, Lark down", _form_while_lark_is_down),
    Operation("retry_due, 1 submission", _retry_of(1)),
    Operation("retry_due, 20 submissions", _retry_of(20)),
    Operation("webhook, new event", _webhook("stripe_checkout"), budget=(1, 0)),
    Operation("webhook, duplicate", _duplicate_webhook, budget=(1, 0)),
    Operation(f"webhook, in parts of {PART_BYTES:,} bytes", _large_webhook, budget=(1, 0)),
    Operation("webhook, button click with its two limits", _webhook("feishu_button"), budget=(1, 0)),
    Operation("webhook, sent again after its processing failed", _webhook_after_a_failure),
    Operation("webhook, Lark challenge", _webhook("lark_challenge_encrypted"), budget=(0, 0)),
    Operation("process_event, Stripe checkout", _processing("stripe_checkout")),
    Operation("admin, list of all forms", _admin("GET /v1/submissions")),
    Operation(
        "admin, list of one form", _admin("GET /v1/submissions", query={"formType": FormType.STUDENT_INFO})
    ),
    Operation("admin, detail", _admin("GET /v1/submissions/{submissionId}")),
    Operation("admin, retry of one", _admin("POST /v1/submissions/{submissionId}/retry")),
    Operation("health", _admin("GET /health")),
)
