"""A form may feed a table of ours: the row is stored with the submission, never at its cost."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from larkbridge import aws
from larkbridge.ids import derived_id
from larkbridge.store.source_rows import SourceRow, SourceRowStore
from larkbridge.store.submissions import FormType
from larkbridge.sync.config.synced_table import SyncedTable
from larkbridge.sync.config.table_registry import Registry, read_tables
from larkbridge.sync.source.local_writes import LocalWrites
from sandbox.faults import Fault
from sandbox.local_tables import lark_tables
from tests.support.aws_faults import AwsError, aws_fails, no_answer, service_error
from tests.support.forms import FORMS
from tests.support.functions import environment, functions, loaded, references
from tests.support.output import captured
from tests.support.world import Answer, World

FORM = FORMS[FormType.STUDENT_INFO]
COUNTED = "dynamodb UpdateItem"
"""The first request, which counts the address."""
UNUSABLE = {
    "nothing connected": {"LARK_TABLES": ""},
    "other table connected": {"LARK_TABLES": "classes=bascnLocal/tblClasses"},
    "unknown table": {"LARK_TABLES": "lessons=bascnLocal/tblLessons"},
    "no place": {"LARK_TABLES": "students"},
}


@pytest.fixture
def fed(world: World) -> World:
    """A world whose form feeds its table."""
    world.restart(FORM_FEEDS="student-info", LARK_TABLES=lark_tables())
    return world


def row_of(world: World, submission_id: str) -> SourceRow | None:
    return SourceRowStore(world.environ["SOURCE_ROWS_TABLE"]).get("students", submission_id)


def rows_of(world: World) -> list[str]:
    """Return the ids of all rows that wait for Lark."""
    return list(SourceRowStore(world.environ["SOURCE_ROWS_TABLE"]).waiting("students"))


def students() -> SyncedTable:
    table = Registry(read_tables(), lark_tables().split(",")).get("students")
    assert table is not None
    return table


def assert_stored_and_sent(world: World, answer: Answer) -> str:
    """Check that a form has gone its way whatever became of its row; returns the submission's id."""
    submission_id = answer.body["submissionId"]
    assert answer.body == {"ok": True, "submissionId": submission_id, "larkStatus": "sent"}
    assert world.is_final(submission_id)
    assert world.runs_of(submission_id) == 1
    return submission_id


@pytest.mark.parametrize("trouble", UNUSABLE)
def test_registry_that_cannot_be_used_costs_the_row_and_not_the_form(world: World, trouble: str) -> None:
    with captured() as output:
        world.restart(FORM_FEEDS="student-info", **UNUSABLE[trouble])
        submission_id = assert_stored_and_sent(world, world.post())
    assert row_of(world, submission_id) is None
    assert output.metrics["FeedsBroken"] == [1]
    (line,) = output.logged("form feed not usable")
    assert "LARK_TABLES" in line["reason"] or "FORM_FEEDS" in line["reason"]


@pytest.mark.parametrize("error", [service_error, no_answer, lambda: service_error("ValidationException")])
def test_transaction_that_fails_costs_the_row_and_not_the_form(fed: World, error: AwsError) -> None:
    with captured() as output, aws_fails("dynamodb", "TransactWriteItems", error):
        submission_id = assert_stored_and_sent(fed, fed.post())
    assert row_of(fed, submission_id) is None
    assert output.metrics["FeedsBroken"] == [1]
    assert "+84912345678" not in output.text


def test_row_that_is_in_the_way_stays_and_the_form_is_stored(fed: World) -> None:
    submission_id = derived_id("submission", FormType.STUDENT_INFO, "key")
    writes = LocalWrites(SourceRowStore(fed.environ["SOURCE_ROWS_TABLE"]), fed.clock)
    before = writes.put(students(), submission_id, {"studentName": "Một người khác"})
    with captured() as output:
        answer = fed.post(idempotency_key="key")
    assert assert_stored_and_sent(fed, answer) == submission_id
    assert row_of(fed, submission_id) == before
    assert output.metrics["FeedsBroken"] == [1]


def test_transaction_whose_answer_is_lost_is_one_submission_and_one_row(fed: World) -> None:
    with answer_lost("TransactWriteItems"):
        submission_id = assert_stored_and_sent(fed, fed.post())
    assert rows_of(fed) == [submission_id]


def test_nothing_stored_is_500_and_leaves_no_row(fed: World) -> None:
    with aws_fails("dynamodb", "TransactWriteItems"), aws_fails("dynamodb", "PutItem"):
        assert fed.post().status == 500
    assert rows_of(fed) == []
    assert fed.lark.requests == []


def test_key_with_other_content_leaves_the_row_alone(fed: World) -> None:
    first = fed.post(idempotency_key="key")
    before = row_of(fed, first.body["submissionId"])
    answer = fed.post(fields=FORM | {"studentName": "Trần Đức Bảo"}, idempotency_key="key")
    assert answer.status == 409
    assert row_of(fed, first.body["submissionId"]) == before


def test_double_click_is_one_row(fed: World) -> None:
    with captured() as output:
        first, second = (fed.post(idempotency_key="key") for _ in range(2))
    assert first.body == second.body
    assert rows_of(fed) == [first.body["submissionId"]]
    assert "FeedsBroken" not in output.metrics


def test_double_click_does_not_overwrite_what_was_done_to_the_row_meanwhile(fed: World) -> None:
    submission_id = fed.post(idempotency_key="key").body["submissionId"]
    writes = LocalWrites(SourceRowStore(fed.environ["SOURCE_ROWS_TABLE"]), fed.clock)
    changed = writes.put(students(), submission_id, {"studentName": "Trần Đức Bảo", "grade": "Lớp 4"})
    assert fed.post(idempotency_key="key").status == 200
    assert row_of(fed, submission_id) == changed


def test_row_has_what_form_and_table_share_and_waits_for_lark(fed: World) -> None:
    filled_in = FORM | {"dateOfBirth": "2017-05-04", "grade": "Lớp 3"}
    submission_id = assert_stored_and_sent(fed, fed.post(fields=filled_in))
    row = row_of(fed, submission_id)
    assert row is not None
    assert (row.version, row.queued, row.lark_record_id) == (1, True, None)
    filled = {name: value for name, value in row.values.items() if value is not None}
    assert filled == {
        "studentId": submission_id,
        "studentName": "Nguyễn Minh An",
        "dateOfBirth": "2017-05-03T17:00:00.000Z",
        "grade": "Lớp 3",
        "parentName": "Nguyễn Thị Hà",
        "parentPhone": "+84912345678",
    }


def test_row_is_there_though_lark_is_down(fed: World) -> None:
    fed.lark.faults.set(Fault("down"))
    answer = fed.post()
    assert (answer.status, answer.body["larkStatus"]) == (200, "failed")
    assert rows_of(fed) == [answer.body["submissionId"]]


def test_row_comes_in_the_same_request_as_the_submission(fed: World) -> None:
    assert _dynamodb_calls(fed) == [COUNTED, "dynamodb TransactWriteItems", "dynamodb UpdateItem"]


def test_feed_is_off_unless_it_is_asked_for(world: World) -> None:
    world.restart(LARK_TABLES=lark_tables())
    assert _dynamodb_calls(world) == [COUNTED, "dynamodb PutItem", "dynamodb UpdateItem"]
    assert rows_of(world) == []


@pytest.mark.parametrize("form_type", [one for one in FormType if one is not FormType.STUDENT_INFO])
def test_other_forms_feed_nothing(fed: World, form_type: FormType) -> None:
    assert _dynamodb_calls(fed, form_type) == [COUNTED, "dynamodb PutItem", "dynamodb UpdateItem"]
    assert rows_of(fed) == []


@pytest.mark.parametrize("settings", UNUSABLE.values(), ids=UNUSABLE)
def test_push_does_not_start_with_a_feed_that_cannot_be_used(
    environ: dict[str, str], settings: dict[str, str]
) -> None:
    variables = _variables("push_sources", environ) | settings | {"FORM_FEEDS": "student-info"}
    # The function imports an error class of its own.
    with (
        pytest.raises(Exception, match=r"LARK_TABLES: |FORM_FEEDS: student-info"),
        loaded(functions()["push_sources"], variables),
    ):
        pass


@pytest.mark.parametrize("form_feeds", ["", "student-info"])
def test_push_starts_with_a_feed_that_can(environ: dict[str, str], form_feeds: str) -> None:
    variables = _variables("push_sources", environ) | {"FORM_FEEDS": form_feeds}
    with loaded(functions()["push_sources"], variables) as handler:
        assert callable(handler)


def _variables(folder: str, environ: dict[str, str]) -> dict[str, str]:
    return environment(functions()[folder], references(environ, LarkTables=lark_tables()))


def _dynamodb_calls(world: World, form_type: FormType = FormType.STUDENT_INFO) -> list[str]:
    """Post a form, and return the requests to DynamoDB that write."""
    with world.watch() as calls:
        answer = world.post(form_type)
    assert_stored_and_sent(world, answer)
    return [one for one in calls.made if one.startswith("dynamodb") and one != "dynamodb GetItem"]


@contextmanager
def answer_lost(operation: str) -> Iterator[None]:
    """Let DynamoDB do what it is asked, and its answer not arrive."""
    events = aws.client("dynamodb").meta.events

    def fail(**_: Any) -> None:
        raise no_answer()

    event = f"after-call.dynamodb.{operation}"
    events.register_first(event, fail, unique_id=event)
    try:
        yield
    finally:
        events.unregister(event, unique_id=event)
