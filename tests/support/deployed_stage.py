"""Conversations on the deployed stack, over signed events; each has people and a group of its own."""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import httpx

from larkbridge.agent.tools.local_time import day_in_words, weekday
from larkbridge.clock import HO_CHI_MINH, from_text, to_text
from sandbox.anthropic_api import ANTHROPIC_CONTROL
from sandbox.lark.chat_control import CHATS
from sandbox.lark.chat_view import Line
from sandbox.lark.chats import P2P
from sandbox.lark.user_control import PEOPLE as PERSONS
from tests.support.clock import START
from tests.support.conversations import IN_GROUP, PEOPLE, Message
from tests.support.stack import LocalStack

SECONDS = 150.0
"""Until what follows from a deed is seen; a model that is down is tried for 60 s, and others wait."""
FIRST_DAY = START.astimezone(HO_CHI_MINH).date()
"""Today, in transcripts."""
_DAYS = re.compile(
    r'"date":"(?P<json>\d{4}-\d\d-\d\d)","weekday":"(?P<in_json>[^"]+)"'
    r"|(?P<iso>\d{4}-\d\d-\d\d)"
    r"|(?P<words>(?:Thứ \w+|Chủ Nhật) \d\d/\d\d/\d{4})"
    r"|(?P<local>\d\d/\d\d/\d{4})"
)
_UNTIL = re.compile(r"(?<= đến )(?:Thứ \w+|Chủ Nhật) (\d\d/\d\d/\d{4}, \d\d:\d\d)(?=\.)")
_TO_SECOND = 10 * 60


class Day(NamedTuple):
    """Days and moments of a transcript, which are those around its first day, and the real ones."""

    started: datetime

    @classmethod
    def now(cls) -> "Day":
        return cls(datetime.now(HO_CHI_MINH))

    @property
    def since_first(self) -> timedelta:
        return self.started.date() - FIRST_DAY

    def played(self, text: str) -> str:
        """Return a text of a transcript with real days; what is no day stays as it is."""
        return _DAYS.sub(lambda found: _moved(found, self.since_first), text)

    def written(self, text: str) -> str:
        """Return a text with real days as a transcript has it; a day with another's weekday stays."""
        text = _UNTIL.sub(self._until, text)
        return _DAYS.sub(lambda found: _moved(found, -self.since_first), text)

    def _until(self, found: re.Match[str]) -> str:
        """Return until when something may be done, to ten minutes, for a play that began at nine."""
        moment = datetime.strptime(found[1], "%d/%m/%Y, %H:%M").replace(tzinfo=HO_CHI_MINH)
        minutes = round((moment - self.started).total_seconds() / _TO_SECOND) * 10
        shown = datetime.combine(self.started.date(), START.astimezone(HO_CHI_MINH).time())
        shown += timedelta(minutes=minutes)
        return f"{day_in_words(shown)}, {shown:%H:%M}"


def _moved(found: re.Match[str], days: timedelta) -> str:
    """Return what was found some days later; as it is when there is no such day, or its weekday is wrong."""
    written = found["json"] or found["iso"] or found["words"] or found["local"]
    try:
        day = _day(written)
    except ValueError:
        return found[0]
    if found["in_json"] not in (None, weekday(day)) or found["words"] not in (None, day_in_words(day)):
        return found[0]
    there = day + days
    if found["json"]:
        return f'"date":"{there}","weekday":"{weekday(there)}"'
    if found["words"]:
        return day_in_words(there)
    return f"{there}" if found["iso"] else f"{there:%d/%m/%Y}"


def _day(written: str) -> date:
    if "-" in written:
        return date.fromisoformat(written)
    day, month, year = written[-10:].split("/")
    return date(int(year), int(month), int(day))


def open_ids(play: str) -> dict[str, str]:
    """Return the open ids of a conversation's own people."""
    ids = {"An": "ou_an", "Hương": "ou_huong"}
    return {name: f"{ids[name]}_{play.replace('-', '_')}" for name in PEOPLE}


class DeployedStage:
    """A `Stage` on the deployed stack, side by side with others.

    Parameters
    ----------
    play
        The conversation's name, which no other has.
    sandbox
        Calls the simulators.
    """

    def __init__(self, play: str, stack: LocalStack, sandbox: httpx.Client, day: Day) -> None:
        self._play = play
        self._stack = stack
        self._sandbox = sandbox
        self._day = day
        self._ids = open_ids(play)
        self._places = {name: P2P + open_id for name, open_id in self._ids.items()}
        self._places[IN_GROUP] = f"oc_group_{play}"
        self._names: dict[str, str] = {}
        self._questions = 0
        for name, open_id in self._ids.items():
            self._put(f"{PERSONS}/{open_id}", {"name": f"{name} ({play})", "email": f"{open_id}@school.test"})
        self._put(
            f"{CHATS}/{self._places[IN_GROUP]}", {"name": "Giáo viên", "members": [*self._ids.values()]}
        )

    def name(self, names: Mapping[str, str]) -> None:
        """Say which ids transcripts have in the place of the stage's."""
        self._names |= names

    def say(self, who: str, text: str, rounds: Sequence[Message], *, in_group: bool) -> None:
        self._questions += 1
        if rounds:  # whose lines of the script are found by the question
            text = f"{text} {self._mark}"
            lines = self._day.played(json.dumps(rounds, ensure_ascii=False))
            for real, written in self._names.items():
                lines = lines.replace(written, real)
            script = [{"when": self._mark, **line} for line in json.loads(lines)]
            self._post(f"{ANTHROPIC_CONTROL}/script", {"lines": script})
        place, said = (IN_GROUP, f"@bot {text}") if in_group else (who, text)
        self._post(f"{CHATS}/{self._places[place]}/say", {"openId": self._ids[who], "text": said})

    def press(self, who: str, card: str, label: str) -> None:
        self._questions += 1
        self._post(f"{CHATS}/press", {"openId": self._ids[who], "messageId": card, "label": label})

    def pass_time(self, minutes: int) -> None:
        """Let what was asked on a card have been asked earlier: nobody moves the time of a deployed stack."""
        table = self._stack.table("ConversationsTable")
        dynamodb = self._stack.aws("dynamodb")
        found = dynamodb.scan(
            TableName=table,
            FilterExpression="asker = :asker",
            ExpressionAttributeValues={":asker": {"S": self._ids["An"]}},
        )
        for item in found["Items"]:
            for name in ("askedAt", "holdsUntil", "undoUntil"):
                if "S" in item.get(name, {}):
                    earlier = from_text(item[name]["S"]) - timedelta(minutes=minutes)
                    item[name] = {"S": to_text(earlier)}
            dynamodb.put_item(TableName=table, Item=item)

    def settle(self, is_there: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SECONDS
        while not (is_there() and not self._is_at_work()) and time.monotonic() < deadline:
            time.sleep(0.1)

    def asked(self) -> Sequence[Sequence[Message]]:
        requests = self._get(f"{ANTHROPIC_CONTROL}/requests")
        return [
            one["body"]["messages"] for one in requests if self._mark in _question(one["body"]["messages"])
        ]

    def left(self) -> int:
        script = self._get(f"{ANTHROPIC_CONTROL}/script")
        return sum(line["left"] or 0 for line in script if line["when"] == self._mark)

    def lines(self, place: str) -> Sequence[Line]:
        found = self._get(f"{CHATS}/{self._places[place]}")
        return [
            Line(
                time=line["time"],
                message_id=line["messageId"],
                sender=line["sender"],
                text=line["text"],
                buttons=line["buttons"],
                reactions=line["reactions"],
                reply_to=line["replyTo"],
                thread_id=line["threadId"],
            )
            for line in found
        ]

    def as_written(self, text: str) -> str:
        for real, written in self._names.items():
            text = text.replace(real, written)
        return self._day.written(text)

    @property
    def _mark(self) -> str:
        return f"[{self._play} {self._questions}]"

    def _is_at_work(self) -> bool:
        return any(line.reactions for place in self._places for line in self.lines(place))

    def _get(self, path: str) -> list[dict[str, Any]]:
        return self._sandbox.get(path).raise_for_status().json()["items"]

    def _put(self, path: str, document: Mapping[str, Any]) -> None:
        self._sandbox.put(path, json=document).raise_for_status()

    def _post(self, path: str, document: Mapping[str, Any]) -> None:
        self._sandbox.post(path, json=document).raise_for_status()


def _question(messages: Sequence[Message]) -> str:
    """Return the newest words of the user's."""
    words = (
        block["text"]
        for message in reversed(messages)
        if message["role"] == "user"
        for block in reversed(message["content"])
        if block["type"] == "text"
    )
    return next(words)
