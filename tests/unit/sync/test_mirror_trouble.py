"""A pull that Lark refuses, cuts short or answers strangely: nothing is lost and the other tables go on."""

from typing import Any

import httpx
import pytest

from larkbridge.clock import from_text
from larkbridge.lark.error_codes import FIELD_NOT_FOUND, NO_PERMISSION
from larkbridge.lark.hints import HINTS
from larkbridge.observability import flush_metrics
from larkbridge.work.outcome import RATE_LIMITED
from sandbox.faults import Fault
from tests.support.aws_faults import aws_fails
from tests.support.output import captured
from tests.support.tables import At, SyncWorld
from tests.support.template import resources

SEARCH, FIELDS, LOOK = "/records/search", "/fields", "/batch_get"
DENIED = (200, {"code": 1254302, "msg": "Permission denied."}, {"x-tt-logid": "log-denied"})
CLASSES, ROOMS = "tblClasses", "tblRooms"


def only(table_id: str, answer: tuple[int, Any, dict[str, str]]) -> Any:
    """Return what answers every search of one table."""

    def meddle(request: httpx.Request) -> httpx.Response | None:
        if f"/{table_id}/records/search" not in request.url.path:
            return None
        status, document, headers = answer
        return httpx.Response(status, json=document, headers=headers)

    return meddle


def test_error_with_status_200_ends_that_table_alone_with_the_hint(world: SyncWorld) -> None:
    world.put("rooms", "rec1", room="101")
    world.meddle = only(CLASSES, DENIED)
    assert world.pull() == {"classes": NO_PERMISSION, "rooms": "pulled"}
    assert world.values("rooms") == {"rec1": {"room": "101"}}
    error = world.state("classes").last_error
    assert error is not None
    assert error["reason"] == NO_PERMISSION
    assert error["hint"] == HINTS[NO_PERMISSION]
    assert error["larkCode"] == 1254302
    assert error["logId"] == "log-denied"


def test_refused_table_waits_a_day(world: SyncWorld) -> None:
    world.meddle = only(CLASSES, DENIED)
    world.pull()
    world.meddle = lambda _: None
    world.clock.advance(hours=23)
    assert world.pull()["classes"] == "not_due"
    world.clock.advance(hours=2)
    assert world.pull()["classes"] == "pulled"
    assert world.state("classes").last_error is None


@pytest.mark.parametrize("mode", ["full", "incremental"])
def test_refused_table_is_tried_when_an_admin_asks(world: SyncWorld, mode: str) -> None:
    world.meddle = only(CLASSES, DENIED)
    world.pull()
    world.meddle = lambda _: None
    world.request("classes", mode)
    assert world.pull()["classes"] == "pulled"


def test_refused_table_is_tried_at_night(world: SyncWorld) -> None:
    world.meddle = only(CLASSES, DENIED)
    world.pull()
    world.meddle = lambda _: None
    assert world.pull(full=True)["classes"] == "pulled"


def test_failures_that_pass_are_tried_again_less_and_less_often(world: SyncWorld) -> None:
    world.meddle = only(CLASSES, (503, {}, {}))
    pauses = []
    for _ in range(9):
        assert world.pull()["classes"] == "http_503"
        not_before = world.state("classes").not_before
        assert not_before is not None
        pauses.append(round((from_text(not_before) - world.clock.now()).total_seconds() / 60))
        world.clock.advance(minutes=pauses[-1] + 1)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_failure_is_counted_and_logged_without_a_crash(world: SyncWorld) -> None:
    world.meddle = only(CLASSES, DENIED)
    with captured() as output:
        world.pull()
        flush_metrics()
    (line,) = output.logged("table stopped")
    assert (line["table"], line["reason"], line["larkCode"]) == ("classes", NO_PERMISSION, 1254302)
    assert line["logId"] == "log-denied"
    assert output.metrics["TableSyncFailed"] == [1]
    assert "Permission denied" not in output.text


def test_rate_limit_is_waited_out_as_lark_asks(world: SyncWorld) -> None:
    world.put("classes", "rec1", code="A1")
    limited = (429, {"code": 99991400, "msg": "limit"}, {"x-ogw-ratelimit-reset": "37"})
    asked: list[float] = []

    def note() -> Any:
        asked.append(world.clock.timestamp())
        return limited

    first, second = At(SEARCH, 0, note), At(SEARCH, 1, lambda: asked.append(world.clock.timestamp()))
    world.meddle = lambda request: first(request) or second(request)
    assert world.pull()["classes"] == "pulled"
    assert asked[1] - asked[0] >= 37
    assert set(world.values("classes")) == {"rec1"}


def test_rate_limit_beyond_the_run_is_left_to_a_later_one(world: SyncWorld) -> None:
    limited = (429, {"code": 99991400, "msg": "limit"}, {"x-ogw-ratelimit-reset": "1200"})
    world.meddle = At(SEARCH, 0, lambda: limited)
    before = world.clock.now()
    assert world.pull()["classes"] == RATE_LIMITED
    assert (world.clock.now() - before).total_seconds() < 300
    world.clock.advance(minutes=19)
    assert world.pull()["classes"] == "not_due"
    world.clock.advance(minutes=1)
    assert world.pull()["classes"] == "pulled"


def test_searches_keep_below_larks_rate(world: SyncWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("larkbridge.sync.shared.table_reader.MAX_PAGE", 1)
    world.fill("rooms", "room", 60)
    asked: list[float] = []

    def note(request: httpx.Request) -> None:
        if request.url.path.endswith(f"/{ROOMS}{SEARCH}"):
            asked.append(world.clock.timestamp())

    world.meddle = note
    assert world.pull()["rooms"] == "pulled"
    assert len(asked) == 60
    assert all(later - earlier >= 1 for earlier, later in zip(asked, asked[20:], strict=False))
    assert asked[-1] - asked[0] < 60 / 20 * 1.2


def test_token_that_ends_between_two_pages_is_renewed(world: SyncWorld, small_pages: int) -> None:
    ids = world.fill("classes", "code", 3 * small_pages)
    world.meddle = At(SEARCH, 1, world.lark.tokens.revoke)
    assert world.pull()["classes"] == "pulled"
    assert sorted(world.values("classes")) == ids


def test_lost_answer_to_a_page_is_asked_for_again(world: SyncWorld, small_pages: int) -> None:
    ids = world.fill("classes", "code", 2 * small_pages)
    world.meddle = At(SEARCH, 1, lambda: world.bases.read_faults.set(Fault("answer_lost", times=2)))
    assert world.pull()["classes"] == "pulled"
    assert sorted(world.values("classes")) == ids


@pytest.mark.parametrize("pages", [1, 25])
def test_page_that_is_refused_leaves_the_pages_before_it(
    world: SyncWorld, small_pages: int, pages: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("larkbridge.sync.shared.table_reader._CHECKPOINT_PAGES", pages)
    ids = world.fill("classes", "code", 3 * small_pages)
    world.meddle = At(SEARCH, 2, lambda: (503, {}, {}))
    assert world.pull()["classes"] == "http_503"
    assert sorted(world.values("classes")) == ids[: 2 * small_pages]
    world.clock.advance(minutes=1)
    world.bases.calls.clear()
    assert world.pull()["classes"] == "pulled"
    assert sorted(world.values("classes")) == ids
    last_full = world.state("classes").last_full
    assert last_full is not None
    assert last_full["read"] == len(ids)


def test_page_token_that_lark_no_longer_knows_begins_the_pull_again(
    world: SyncWorld, small_pages: int
) -> None:
    ids = world.fill("classes", "code", 3 * small_pages)
    world.meddle = At(SEARCH, 1, lambda: (503, {}, {}))
    world.pull()
    world.clock.advance(minutes=1)
    world.meddle = At(SEARCH, 0, lambda: (200, {"code": 1254002, "msg": "Fail"}, {}))
    assert world.pull()["classes"] == "failed"
    world.clock.advance(minutes=2)
    assert world.pull()["classes"] == "pulled"
    assert sorted(world.values("classes")) == ids


def test_page_that_is_too_large_is_halved(world: SyncWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("larkbridge.sync.shared.table_reader.MAX_PAGE", 8)
    ids = world.fill("classes", "code", 16)
    sizes: list[int] = []

    def meddle(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith(f"/{CLASSES}{SEARCH}"):
            return None
        sizes.append(int(request.url.params["page_size"]))
        too_large = {"code": 1254030, "msg": "TooLargeResponse"}
        return httpx.Response(200, json=too_large) if sizes[-1] > 2 else None

    world.meddle = meddle
    assert world.pull()["classes"] == "pulled"
    assert sizes[:3] == [8, 4, 2]
    assert set(sizes[2:]) == {2}
    assert sorted(world.values("classes")) == ids


def test_later_page_that_is_too_large_is_halved_too(
    world: SyncWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("larkbridge.sync.shared.table_reader.MAX_PAGE", 8)
    ids = world.fill("classes", "code", 16)
    world.meddle = At(SEARCH, 1, lambda: (200, {"code": 1254030, "msg": "TooLargeResponse"}, {}))
    assert world.pull()["classes"] == "pulled"
    assert sorted(world.values("classes")) == ids


def test_record_too_large_to_be_answered_stops_the_table_with_the_hint(
    world: SyncWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("larkbridge.sync.shared.table_reader.MAX_PAGE", 2)
    world.fill("classes", "code", 3)
    world.meddle = only(CLASSES, (200, {"code": 1254030, "msg": "TooLargeResponse"}, {}))
    assert world.pull() == {"classes": "answer_too_large", "rooms": "pulled"}
    error = world.state("classes").last_error
    assert error is not None
    assert error["hint"] == HINTS["answer_too_large"]


def test_record_that_comes_on_two_pages_is_one_row(world: SyncWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("larkbridge.sync.shared.table_reader.MAX_PAGE", 2)
    world.fill("rooms", "room", 2)
    twice = [{"record_id": "rec0000000", "fields": {"Phòng": [{"text": name}]}} for name in ("old", "new")]
    pages = [
        {"items": [twice[0]], "total": 2, "has_more": True, "page_token": "next"},
        {"items": [twice[1]], "total": 2, "has_more": False},
    ]
    answers = iter(pages)

    def meddle(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith(f"/{ROOMS}{SEARCH}"):
            return None
        return httpx.Response(200, json={"code": 0, "data": next(answers)})

    world.meddle = meddle
    assert world.pull()["rooms"] == "pulled"
    assert world.values("rooms")["rec0000000"] == {"room": "new"}


def test_column_renamed_between_two_pages_does_not_stop_the_table(world: SyncWorld, small_pages: int) -> None:
    ids = world.fill("classes", "code", 3 * small_pages)
    rename = lambda: world.bases.rename_column("appClasses", CLASSES, "fldCode", "Mã")  # noqa: E731
    world.meddle = At(SEARCH, 1, rename)
    assert world.pull()["classes"] == FIELD_NOT_FOUND
    world.clock.advance(minutes=5)
    assert world.pull()["classes"] == "pulled"
    assert sorted(world.values("classes")) == ids


def test_defect_in_one_table_is_reported_at_the_end(world: SyncWorld) -> None:
    world.put("rooms", "rec1", room="101")
    crash = RuntimeError("quotes +84912345678 of Nguyễn Thị Hà")

    def fail() -> None:
        raise crash

    world.meddle = At(f"{CLASSES}/records/search", 0, fail)
    with captured() as output, pytest.raises(RuntimeError):
        world.pull()
    assert world.values("rooms") == {"rec1": {"room": "101"}}
    assert "Nguyễn" not in output.text
    assert output.logged("table not pulled")[0]["error"] == "RuntimeError"
    assert world.pull()["classes"] == "pulled"


def test_outage_of_the_database_is_no_fault_of_larks(world: SyncWorld) -> None:
    world.put("classes", "rec1", code="A1")
    with (
        captured() as output,
        aws_fails("dynamodb", "TransactWriteItems"),
        pytest.raises(Exception, match="transact_write_items"),
    ):
        world.pull()
    assert "Nguyễn" not in output.text
    assert world.state("classes").last_error is None
    assert world.pull()["classes"] == "pulled"
    assert set(world.values("classes")) == {"rec1"}


def test_nothing_personal_is_written_to_the_log(world: SyncWorld) -> None:
    world.put("classes", "rec1", code="Nguyễn Thị Hà", seats=84912345678)
    world.put("rooms", "rec2", room="x" * 95_000)
    with captured() as output:
        world.pull()
        world.clock.advance(hours=1)
        world.delete("classes", "rec1")
        world.pull(full=True)
        world.meddle = only(CLASSES, DENIED)
        world.pull(full=True)
    assert "table pulled" in output.text
    for personal in ("Nguyễn", "\\u1ec5n", "84912345678", "xxxxx"):
        assert personal not in output.text


def failing(world: SyncWorld) -> float:
    """Run once and return what TableSyncFailedAlarm sees of it."""
    with captured() as output:
        world.pull()
        flush_metrics()
    return max(output.metrics["TablesFailing"])


def test_the_alarm_rings_from_one_refusal_until_lark_takes_the_table_again(world: SyncWorld) -> None:
    alarm = resources("AWS::CloudWatch::Alarm")["TableSyncFailedAlarm"]["Properties"]
    assert (alarm["MetricName"], alarm["Statistic"]) == ("TablesFailing", "Maximum")
    world.meddle = only(CLASSES, DENIED)
    world.pull()
    for _ in range(20):
        world.clock.advance(hours=1)
        assert failing(world) > alarm["Threshold"]
    world.meddle = lambda _: None
    world.clock.advance(hours=5)
    world.pull()
    assert failing(world) <= alarm["Threshold"]


def test_what_passes_within_three_tries_rings_nothing(world: SyncWorld) -> None:
    world.meddle = only(CLASSES, (503, {}, {}))
    for _ in range(2):
        world.pull()
        assert failing(world) == 0
        world.clock.advance(minutes=3)
    world.pull()
    assert failing(world) == 1
