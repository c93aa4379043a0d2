"""What the benchmark rests on."""

from pathlib import Path
from typing import Any

import pytest

from bench import backlog, flood, idle, peers, peers_process, sync, warm_path
from bench.backlog import most_in_window
from bench.canned import FIRST_EVENTS, FirstEvent
from bench.cold_start import HERE, budget_of, require_same_calls
from bench.sync_sides import Sides
from bench.table import NotMeasurableError, Row, at_most, verdict
from larkbridge.clock import to_text
from tests.support.clock import START
from tests.support.functions import functions
from tests.support.lark_sdk import LarkSdk


@pytest.mark.parametrize(
    ("times", "most"),
    [([], 0), ([0.0, 0.5, 0.999], 3), ([0.0, 1.0, 2.0], 1), ([0.0, 0.6, 1.2, 1.6], 2)],
)
def test_busiest_window(times: list[float], most: int) -> None:
    assert most_in_window(times, 1.0) == most


def test_missed_budget_says_by_how_much() -> None:
    assert at_most("size", 30, 25, "{:.0f} MB".format).met == "NO, by 5 MB"
    assert at_most("size", 25, 25, "{:.0f} MB".format).met == "yes"


def test_last_line_names_the_budgets_that_are_missed_and_what_was_not_measured() -> None:
    met, missed = at_most("size", 25, 25, "{:.0f} MB".format), at_most("start", 2.0, 1.25, "{:.2f} x".format)
    unmeasured = Row("peers", "not measured: they are not installed")
    assert verdict([met, Row("detail", "5")]) == "All 1 budgets are met."
    assert verdict([met, missed]) == "1 budgets are missed (start: by 0.75 x)."
    assert verdict([met, unmeasured]) == "not measured: peers."
    assert verdict([missed, unmeasured]).endswith("(start: by 0.75 x). not measured: peers.")


def test_who_is_waited_for_has_the_smaller_budget() -> None:
    assert {budget_of(name, FIRST_EVENTS[name][0]) for name in ("receive_webhook", "submit_info_form")} == {
        1.15
    }
    assert budget_of("send_deliveries", FIRST_EVENTS["send_deliveries"][0]) == 1.25
    assert [budget_of("chat_agent", first) for first in FIRST_EVENTS["chat_agent"]] == [1.25, 1.15]


def test_idle_runs_stay_within_the_budget_of_each_queue_destination_and_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(idle, "MANY", 3)
    rows = [*idle.measure()]
    assert {row.met for row in rows} == {"yes"}
    assert {row.budget for row in rows if "destination" in row.measure} == {"<= 29", "<= 2.00"}


def test_run_that_finds_something_due_is_not_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idle, "LATER", to_text(START))
    with pytest.raises(NotMeasurableError, match="does something"):
        idle.SUBMISSIONS.cost(1)


def test_backlog_is_drained_to_its_end_and_each_arrives_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "BACKLOG", 30)
    values = {row.measure.partition(": ")[2]: row.value for row in backlog.measure()}
    assert values["not sent exactly once"] == "0"
    assert values["rate-limit answers"] == "0"
    assert int(values["most requests in any second"]) > 1


def test_small_flood_keeps_no_parent_waiting() -> None:
    played = flood.play(flood.schedule(flood.Flood(8, 1), [10.0, 40.0]), 4)
    assert (played.posts, len(played.parents)) == (8 * 60 + 2, 2)
    assert len({run.payload["submissionId"] for run in played.world.lark.runs}) == played.posts
    assert max(played.waits()) <= 120


def test_every_function_has_a_first_event_and_a_bare_handler() -> None:
    assert FIRST_EVENTS.keys() == functions().keys()
    bare = {first.bare for firsts in FIRST_EVENTS.values() for first in firsts}
    assert {name for name in bare if not (HERE / "bare" / f"{name}.py").is_file()} == set()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (("PutItem",), ("PutItem",)),
        (("PutItem", "PutItem", "GetSecretValue"), ("PutItem",)),
        (("PutItem", "GetSecretValue"), ("PutItem", "PutItem")),
    ],
)
def test_cold_start_with_other_calls_is_not_measured(ours: tuple[str, ...], theirs: tuple[str, ...]) -> None:
    first = FirstEvent("webhook", {}, extra_calls=("GetSecretValue",))
    require_same_calls("receive_webhook", first, ("PutItem", "GetSecretValue"), ("PutItem",))
    with pytest.raises(NotMeasurableError):
        require_same_calls("receive_webhook", first, ours, theirs)


@pytest.fixture
def one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """One call a batch, of a small message and of a large one."""
    monkeypatch.setattr(warm_path, "SIZES", {1_000: 1, 100_000: 1})
    monkeypatch.setattr(warm_path, "ROUNDS", 1)


@pytest.mark.usefixtures("one_call")
def test_warm_path_is_compared_for_each_size_and_as_a_whole() -> None:
    budgets = [row.budget for row in warm_path.rows([warm_path.this_process()] * 2)]
    assert budgets == ["<= 0.80 x", "<= 1.00 x", "-", "-"]


@pytest.mark.usefixtures("one_call")
def test_warm_path_that_loses_the_message_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_path.Stub, "receive", lambda *_: None)
    with pytest.raises(NotMeasurableError):
        warm_path.this_process()


@pytest.mark.usefixtures("one_call")
def test_dispatcher_that_cannot_decrypt_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    other_key = LarkSdk({"LARK_ENCRYPT_KEY": "another-key", "LARK_VERIFICATION_TOKEN": "token"})
    monkeypatch.setattr(warm_path, "LarkSdk", lambda _: other_key)
    with pytest.raises(NotMeasurableError):
        warm_path.this_process()


class _Aws(peers_process.Aws):
    """As a peer sees it, with what a handler under test does."""

    def handle(self, event: dict[str, Any], _: object) -> dict[str, Any]:
        if event["headers"]["x-lark-signature"] == "0" * 64:
            return {"statusCode": 401}
        self.call("PutItem")
        return {"statusCode": 200}


def test_peers_get_messages_of_their_own_ids_and_one_that_is_forged() -> None:
    *messages, forged = peers.messages(1_000, 3)
    assert len({message["body"] for message in messages}) == 3
    assert len({message["headers"]["x-lark-signature"] for message in [*messages, forged]}) == 4


def test_peer_that_stores_each_message_and_refuses_a_forged_one_is_measured() -> None:
    *messages, forged = peers.messages(1_000, 2)
    aws = _Aws("{}")
    peers_process.check("peer", aws.handle, aws, messages[0], forged)
    times = peers_process.in_turns({"peer": aws.handle}, messages)
    assert len(times["peer"]) == peers_process.ROUNDS


def test_peer_that_loses_a_message_or_takes_a_forged_one_is_not_measured() -> None:
    message, forged = peers.messages(1_000, 1)
    aws = _Aws("{}")
    with pytest.raises(SystemExit, match="does not store"):
        peers_process.check("peer", lambda *_: {"statusCode": 200}, aws, message, forged)
    with pytest.raises(SystemExit, match="takes a forged"):
        peers_process.check("peer", aws.handle, aws, message, message)


def test_peer_as_cheap_as_ours_is_a_missed_budget() -> None:
    assert peers.row("peer", [0.9, 1.0, 1.1], 1.0, 1.0).met == "NO, by 0.01 x"
    assert peers.row("peer", [0.5, 0.6, 0.7], 1.0, 1.0).met == "yes"


def test_peers_without_their_libraries_are_not_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(peers, "VENV", tmp_path)
    with pytest.raises(NotMeasurableError, match="make bench"):
        next(peers.measure(tmp_path, 1))


def test_table_sync_is_measured_as_a_process_of_its_own_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ROWS": 600, "FEWER_ROWS": 20, "CHANGED": 6, "PUSHED": 501, "PAGES": 2}.items():
        monkeypatch.setattr(sync, name, value)
    values = {row.measure.partition(": ")[::2]: row.value for row in sync.measure()}
    unchanged, changed, pushed = (
        "mirror of 600 unchanged rows",
        "mirror of 600 rows, 6 changed",
        "first push of 501 rows",
    )
    assert values[unchanged, "searches"] == "2"
    assert values[unchanged, "rows written"] == "0"
    assert values[changed, "rows written"] == "6"
    assert values[pushed, "batch calls"] == "2"
    assert values[pushed, "rows that are not in Lark"] == "0"


def test_table_that_is_not_synced_is_not_measured() -> None:
    sides = Sides("MIRROR")
    sides.places = ["rows=anotherApp/tblTable"]
    with pytest.raises(NotMeasurableError):
        sides.run(0.02)
