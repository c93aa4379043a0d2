"""A flood of forms on a simulated clock: what the parents in the middle of it notice."""

import heapq
import json
import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from bench.table import Row, at_least, at_most
from larkbridge.clock import from_text
from larkbridge.forms.catalogue import form_of
from larkbridge.settings import SubmitFormSettings
from larkbridge.store.submissions import FormType
from larkbridge.wiring.submitting import submit_form
from tests.support.clock import SimulatedClock
from tests.support.forms import FORMS, json_event
from tests.support.memory_dynamo.aws import SETTINGS, memory_aws
from tests.support.world import Context, World

FORM = FormType.STUDENT_INFO
"""Strangers and parents fill in the same form."""

LIMITS = {"FORM_SOFT_LIMIT": "", "FORM_HARD_LIMIT": ""}
"""Those of a new deployment."""
RUN_SECONDS = 80.0
AFTER = 150.0
"""Seconds after the last post at which no parent's form is open any more."""


@dataclass(frozen=True, slots=True)
class Flood:
    """Strangers who post `rate` forms a second for `minutes`."""

    rate: float
    minutes: float

    @property
    def name(self) -> str:
        return f"flood of {self.rate:g}/s for {self.minutes:g} min:"


class Post(NamedTuple):
    """One form: when it is posted, whether by a parent, and from where."""

    at: float
    parent: bool
    address: str


@dataclass
class Play:
    """One flood as it goes on: who has posted what, and which of Lark's requests were first attempts."""

    world: World
    clock: "WatchedClock"
    start: datetime
    settings: dict[str, str] = field(default_factory=dict[str, str])
    parents: dict[str, float] = field(default_factory=dict)
    arrivals: dict[str, float] = field(default_factory=dict)
    posts: int = 0
    refused: int = 0
    firsts: list[tuple[int, int]] = field(default_factory=list)

    def post(self, post: Post) -> None:
        """Post a form in a process of its own, which knows nothing of any other."""
        before = len(self.world.lark.requests)
        parts = self.world.parts(clock=self.clock)
        settings = SubmitFormSettings(self.world.environ | self.settings)
        event = json_event(FORMS[FORM])
        event["requestContext"]["http"]["sourceIp"] = post.address
        answer = submit_form(form_of(FORM), settings, parts)(event, Context(f"post-{self.posts}"))
        self.posts += 1
        self.refused += answer["statusCode"] != 200
        self.firsts.append((before, len(self.world.lark.requests)))
        if post.parent:
            self.parents[json.loads(answer["body"])["submissionId"]] = self.seconds

    @property
    def seconds(self) -> float:
        """How long it has gone on."""
        return (self.clock.now() - self.start).total_seconds()

    def note_arrivals(self) -> None:
        """Note when each parent's form reached Lark, of those that have."""
        stored = [self.world.stored(submission_id) for submission_id in self.parents]
        self.arrivals = {
            one.submission_id: (from_text(one.sent_at) - self.start).total_seconds()
            for one in stored
            if one.sent_at
        }

    def waits(self) -> list[float]:
        """Return how long each parent's form took to reach Lark; infinite for one that has not."""
        return [self.arrivals.get(name, math.inf) - posted for name, posted in self.parents.items()]

    def drained_a_second(self, minutes: float) -> float:
        """Return how many of the drain's requests Lark accepted a second, in the worst full minute."""
        by_first = {number for first, last in self.firsts for number in range(first, last)}
        start = self.start.timestamp()
        taken = [
            request.time - start
            for number, request in enumerate(self.world.lark.requests)
            if request.code == 0 and number not in by_first
        ]
        whole = range(1, int(minutes))
        return min(sum(60 * n <= moment < 60 * (n + 1) for moment in taken) / 60 for n in whole)


class WatchedClock(SimulatedClock):
    """Lets what is posted meanwhile happen while somebody sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.posts: Iterator[Post] = iter(())
        self.play: Play | None = None
        self._next: Post | None = None
        self._is_posting = False

    def sleep(self, seconds: float) -> None:
        until = self.now() + timedelta(seconds=seconds)
        if self.play and not self._is_posting:
            self._post_until(self.play, until)
        self._now = max(self._now, until)

    def _post_until(self, play: Play, until: datetime) -> None:
        self._is_posting = True
        self._next = self._next or next(self.posts, None)
        while self._next and play.start + timedelta(seconds=self._next.at) <= until:
            self._now = max(self._now, play.start + timedelta(seconds=self._next.at))
            play.post(self._next)
            self._next = next(self.posts, None)
        self._is_posting = False


def schedule(flood: Flood, parents: Iterable[float]) -> Iterator[Post]:
    """Yield the posts of strangers and of parents, in order."""
    strangers = (number / flood.rate for number in range(int(flood.minutes * 60 * flood.rate)))
    return heapq.merge(by_strangers(strangers), by_parents(parents))


def by_strangers(moments: Iterable[float]) -> Iterator[Post]:
    """Yield posts from one address, in order."""
    return (Post(moment, parent=False, address="192.0.2.1") for moment in moments)


def by_parents(moments: Iterable[float], address: str = "203.0.113.{}") -> Iterator[Post]:
    """Yield parents' posts, in order, each from an address of its own unless it is the same for all."""
    return (
        Post(moment, parent=True, address=address.format(number % 256))
        for number, moment in enumerate(moments)
    )


def play(posts: Iterator[Post], minutes: float, **settings: str) -> Play:
    """Let the posts come and the retry job run every minute, for so long."""
    clock = WatchedClock()
    with memory_aws():
        world = World(SETTINGS, clock=clock)
        clock.play = Play(world, clock, clock.now(), settings)
        clock.posts = posts
        for minute in range(int(minutes)):
            clock.sleep(max(0.0, minute * 60 - clock.play.seconds))
            world.retry_due(RUN_SECONDS)
        clock.sleep(max(0.0, minutes * 60 - clock.play.seconds))
        clock.play.note_arrivals()
        return clock.play


def measure() -> Iterator[Row]:
    """Yield what parents notice of strangers who post more than Lark takes, in the same form type."""
    yield from _steady(Flood(8, 5))
    yield from _at_any_moment(Flood(8, 5))
    yield from _figures(Flood(50, 3), minutes=40)
    yield from _well_timed(Flood(8, 5))
    yield from _school()
    yield from _one_stranger()


def _steady(flood: Flood) -> Iterator[Row]:
    """Parents post as the strangers do, in the middle of each minute."""
    parents = [minute * 60 + 30.0 for minute in range(int(flood.minutes))]
    played = play(schedule(flood, parents), flood.minutes + 4)
    yield at_most(f"{flood.name} slowest parent", max(played.waits()), 300, seconds)
    late = flood.minutes * 60 + AFTER
    still_open = sum(played.arrivals.get(name, math.inf) > late for name in played.parents)
    yield at_most(f"{flood.name} parents' forms open {AFTER:.0f} s after", still_open, 0, "{:.0f}".format)
    rate = played.drained_a_second(flood.minutes)
    yield at_least(f"{flood.name} drained in its worst minute", rate, 1.5, "{:.2f}/s".format)


def _at_any_moment(flood: Flood) -> Iterator[Row]:
    rng = random.Random(1)  # noqa: S311 - no secret
    parents = sorted(rng.uniform(0, flood.minutes * 60) for _ in range(100))
    waits = sorted(play(schedule(flood, parents), flood.minutes + 4).waits())
    shown = " / ".join(seconds(waits[int(len(waits) * share) - 1]) for share in (0.5, 0.95, 1.0))
    yield Row(f"{flood.name} 100 parents at any moment: half, 95 %, all within", shown)


def _figures(flood: Flood, minutes: float) -> Iterator[Row]:
    parents = [minute * 60 + 30.0 for minute in range(int(flood.minutes))]
    played = play(schedule(flood, parents), minutes)
    yield Row(f"{flood.name} slowest parent", seconds(max(played.waits())))
    emptied = max(run.time for run in played.world.lark.runs) - played.start.timestamp() - flood.minutes * 60
    yield Row(f"{flood.name} until {len(played.world.lark.runs):,} forms are with Lark", seconds(emptied))


def _well_timed(flood: Flood) -> Iterator[Row]:
    """A stranger goes on with 88 posts in two hours, each as a run of the retry job begins."""
    after = [flood.minutes * 60 + number * 80 for number in range(88)]
    posts = heapq.merge(schedule(flood, [30.0, 150.0]), by_strangers(after))
    played = play(posts, flood.minutes + 120)
    first = [run.time - played.start.timestamp() for run in played.world.lark.runs]
    kept_waiting = sorted(first)[int(flood.rate * flood.minutes * 60)] - flood.minutes * 60
    yield at_most(f"{flood.name} and 88 posts more: backlog gone after", kept_waiting, 240, seconds)


def _school() -> Iterator[Row]:
    """Parents of one address, one every two seconds, and others meanwhile."""
    school = by_parents((number * 2.0 for number in range(300)), "198.51.100.7")
    played = play(heapq.merge(school, by_parents(range(7, 600, 11))), 20, **LIMITS)
    last = max(played.arrivals.values(), default=math.inf) - 598
    yield at_most("300 parents of one address in 10 min: all with Lark after the last", last, 600, seconds)
    others = [wait for wait, at in zip(played.waits(), played.parents.values(), strict=True) if at % 2]
    yield at_most("300 parents of one address: slowest parent elsewhere", max(others), 2, seconds)


def _one_stranger() -> Iterator[Row]:
    parents = [number * 7 + 0.13 for number in range(17)]
    posts = heapq.merge(by_strangers(number / 50 for number in range(6000)), by_parents(parents))
    played = play(posts, 4, **LIMITS)
    stored = played.posts - played.refused - len(parents)
    yield at_most("50/s from one address for 2 min: stored", stored, 300, "{:.0f}".format)
    yield at_most("50/s from one address: slowest parent elsewhere", max(played.waits()), 2, seconds)


def seconds(value: float) -> str:
    return f"{value:,.0f} s"
