"""No request of an admin runs for ever, however much is stored and however little of it matches."""

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import pytest

from larkbridge.admin.requests import Many, Page
from larkbridge.admin.work_lists import Filter, WorkAdmin
from larkbridge.errors import ConflictError
from larkbridge.routes import Caller
from larkbridge.store.events import STATUSES, Event, EventStore
from larkbridge.store.work import Status
from larkbridge.work import states
from larkbridge.work.moving import RETRYABLE, Move
from larkbridge.work.policy import EVENT
from tests.support.clock import SimulatedClock

REPLAY = Move[Event]("replay", "replayed", states.restart)
CALLER = Caller("console", "tests")
MOMENT = "2026-09-01T02:00:00.000Z"


class EndlessEvents(EventStore):
    """A table of ignored events that never ends; one in `failed_every` failed."""

    def __init__(self, failed_every: int = 0, *, others: Status = Status.IGNORED) -> None:
        super().__init__("endless")
        self.read = 0
        self._failed_every = failed_every
        self._others = others

    def listed(
        self, partitions: Iterable[str], statuses: Collection[Status], before: str | None
    ) -> Iterator[Event]:
        first = 0 if before is None else 99_999 - int(before.rpartition("_")[2]) + 1
        return map(self._event, itertools.count(first))

    def change(self, work: Event, changes: Mapping[str, Any], **_: Any) -> Event:
        if work.event_id.endswith("0"):
            raise ConflictError("it was changed by somebody else")
        return work

    def _event(self, age: int) -> Event:
        self.read += 1
        failed = self._failed_every and age % self._failed_every == 0
        name = f"github#evt_{99_999 - age:05}"
        return Event(
            event_id=name,
            source="github",
            type="push",
            received_at=MOMENT,
            sort_key=f"{MOMENT}#{name}",
            status=Status.FAILED if failed else self._others,
            attempt_count=1,
        )


def admin_of(events: EventStore) -> WorkAdmin[Event]:
    return WorkAdmin(
        events,
        EVENT,
        SimulatedClock(),
        summary=lambda event: {"eventId": event.event_id},
        noun="event",
    )


ALL = Filter[Event](partitions=["github"], statuses=STATUSES)
NOTHING = Filter[Event](partitions=["github"], statuses=STATUSES, matches=lambda _: False)
SUCCESS = Filter[Event](partitions=["github"], statuses=[Status.SUCCESS])


@pytest.mark.parametrize("wanted", [NOTHING, SUCCESS])
@pytest.mark.parametrize("others", [Status.IGNORED, Status.DEAD])
def test_a_page_without_a_match_ends_and_has_a_cursor(wanted: Filter[Event], others: Status) -> None:
    events = EndlessEvents(others=others)
    answer = admin_of(events).page(wanted, Page())
    assert (answer["items"], answer["cursor"] is None) == ([], False)
    assert events.read < 2_100


@pytest.mark.parametrize("wanted", [NOTHING, SUCCESS])
def test_a_replay_without_a_match_ends_and_has_a_cursor(wanted: Filter[Event]) -> None:
    events = EndlessEvents()
    answer = admin_of(events).move_many(wanted, Many(), REPLAY, CALLER)
    assert (answer["replayed"], answer["skipped"], answer["cursor"] is None) == (0, 0, False)
    assert events.read < 2_100


def test_a_dry_run_counts_so_far_and_goes_on_from_there() -> None:
    events = EndlessEvents(failed_every=4)
    admin = admin_of(events)
    wanted = Filter[Event](partitions=["github"], statuses=(*RETRYABLE, Status.SUCCESS))
    first = admin.move_many(wanted, Many.read({"dryRun": True}), REPLAY, CALLER)
    assert (first["dryRun"], first["matched"]) == (True, 2_500)
    assert events.read < 10_100

    second = admin.move_many(wanted, Many.read({"dryRun": True, "cursor": first["cursor"]}), REPLAY, CALLER)
    assert (second["matched"], second["cursor"] == first["cursor"]) == (2_500, False)


def test_pages_that_end_early_have_everything_once() -> None:
    admin = admin_of(EndlessEvents(failed_every=1_500))
    wanted = Filter[Event](partitions=["github"], statuses=[Status.FAILED, Status.SUCCESS])
    found, cursor = [], None
    for _ in range(4):
        answer = admin.page(wanted, Page(limit=2, cursor=cursor))
        found += [item["eventId"] for item in answer["items"]]
        cursor = answer["cursor"]
    assert found == [f"github#evt_{99_999 - age:05}" for age in range(0, 7_501, 1_500)]


def test_what_moves_on_meanwhile_is_skipped_and_counted() -> None:
    admin = admin_of(EndlessEvents())
    answer = admin.move_many(ALL, Many(limit=20), REPLAY, CALLER)
    assert (answer["dryRun"], answer["replayed"], answer["skipped"]) == (False, 18, 2)


def test_bounds_in_time_are_from_the_first_up_to_and_without_the_second() -> None:
    admin = admin_of(EndlessEvents())

    def count(since: str, before: str | None = None) -> int:
        wanted = Filter[Event](partitions=["github"], statuses=STATUSES, since=since, before=before)
        return admin.move_many(wanted, Many.read({"dryRun": True}), REPLAY, CALLER)["matched"]

    newest, third = (f"{MOMENT}#github#evt_{number}" for number in (99_999, 99_997))
    assert count(since=third) == 3
    assert count(since=third, before=newest) == 2
    assert count(since=newest, before=third) == 0


def test_a_cursor_goes_on_within_the_bounds() -> None:
    admin = admin_of(EndlessEvents())
    newest = f"{MOMENT}#github#evt_99999"
    wanted = Filter[Event](partitions=["github"], statuses=STATUSES, before=newest)
    first = admin.page(wanted, Page(limit=2))
    second = admin.page(wanted, Page(limit=2, cursor=first["cursor"]))
    found = [item["eventId"] for item in (*first["items"], *second["items"])]
    assert found == [f"github#evt_{number}" for number in (99_998, 99_997, 99_996, 99_995)]
