"""Conversations with the bot as a person can read them, played on a stage: the whole bundle, somewhere.

A transcript is a text. What people do and what the model answers is played; what follows is written down
anew, so that a transcript that was played is the same text again:

``# …``
    A remark.
``An: …``, ``Hương: …``, with ``(nhóm)`` before the colon in the teachers' group
    Somebody writes; in the group the bot is mentioned.
``An bấm: …``
    Somebody presses a button of the newest card that has it.
``(… phút sau)``
    Time passes.
``model gọi: tool {…}``
    The model calls a tool; lines that follow each other are one answer of the model's.
``model: …``
    The model says something, or in brackets what goes wrong: ``(quá tải)``, ``(từ chối)``, ``(bị cắt)``.
``tool: …``
    What a tool told the model. Random ids are numbered, ``<id 1>``, and calls may name them so.
``Bot: …``, with ``(nhóm)`` and ``(riêng cho …)``
    What there is to see; a card is shown again when it has changed, with its buttons in brackets.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.lark.chat_view import Line
from sandbox.lark.chats import BOT_NAME

PEOPLE = ("An", "Hương")
IN_GROUP = "nhóm"
MAX_TOLD = 240
_DEED = re.compile(r"(?P<who>An|Hương)(?P<group> \(nhóm\))?: (?P<text>.*)")
_PRESS = re.compile(r"(?P<who>An|Hương) bấm: (?P<label>.*)")
_LATER = re.compile(r"\((?P<minutes>\d+) phút sau\)")
_TROUBLE: dict[str, dict[str, Any]] = {
    "(quá tải)": {"error": "overloaded_error", "times": 0},
    "(sai khoá)": {"error": "authentication_error"},
    "(từ chối)": {"refuses": {"category": "cyber", "explanation": "No."}},
}
_RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_NUMBERED = re.compile(r"<id (\d+)>")
_LINK = re.compile(r"https?://[^\s)]*(/oauth/start\?t=)[\w-]+")

type Message = dict[str, Any]


class Stage(Protocol):
    """Where a conversation is played; people and places have the names that transcripts give them."""

    def say(self, who: str, text: str, rounds: Sequence[Message], *, in_group: bool) -> None:
        """Let somebody write, and the model answer what follows from it with these lines of a script."""
        ...

    def press(self, who: str, card: str, label: str) -> None:
        """Let somebody press a button of a message."""
        ...

    def pass_time(self, minutes: int) -> None:
        """Let time pass."""
        ...

    def settle(self, is_there: Callable[[], bool]) -> None:
        """Let everything follow that follows; `is_there` tells whether what is to be seen is seen."""
        ...

    def asked(self) -> Sequence[Sequence[Message]]:
        """Return the messages of each request that the last deed has brought the model."""
        ...

    def left(self) -> int:
        """Return how many answers the model was not asked for."""
        ...

    def lines(self, place: str) -> Sequence[Line]:
        """Return what there is in somebody's own chat, or in the group."""
        ...

    def as_written(self, text: str) -> str:
        """Return a text of the stage's as a transcript has it."""
        ...


@dataclass
class _Scene:
    """One deed, what the model answers to what follows from it, and what is to be seen then."""

    deed: str
    rounds: list[Message] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)


def play(transcript: str, stage: Stage) -> str:
    """Play a transcript and return it as it is now."""
    player = _Player(stage)
    written: list[str] = []
    for scene in _scenes(transcript):
        written += [scene.deed, *player.follow(scene)]
    return "\n".join(written) + "\n"


def _scenes(transcript: str) -> Iterator[_Scene]:
    scene = None
    last = ""
    for line in transcript.splitlines():
        if line.startswith("    model"):
            assert scene
            _take_in(scene, line.strip(), last)
        elif line.strip() and not line.startswith((" ", "Bot")):
            if scene:
                yield scene
            scene = _Scene(line)
        elif scene and (scene.seen or line.startswith("Bot")):
            scene.seen.append(line)
        last = line
    if scene:
        yield scene


def _take_in(scene: _Scene, line: str, before: str) -> None:
    if found := re.fullmatch(r"model gọi: (\w+)(?: (.*))?", line):
        call = {"name": found[1], "input": json.loads(found[2] or "{}")}
        if before.strip().startswith("model gọi"):
            scene.rounds[-1]["calls"].append(call)
        else:
            scene.rounds.append({"calls": [call]})
        return
    said = line.removeprefix("model: ")
    scene.rounds.append(dict(_TROUBLE.get(said) or _said(said)))


def _said(text: str) -> dict[str, Any]:
    if text.endswith(" (bị cắt)"):
        return {"says": text.removesuffix(" (bị cắt)"), "stops": "max_tokens"}
    return {"says": text.replace("\\n", "\n")}


class _Player:
    """Plays scenes and says what there is to see."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._shown: dict[str, str] = {}
        self._ids: list[str] = []

    def follow(self, scene: _Scene) -> list[str]:
        if scene.deed.startswith("#"):
            return []
        self._do(scene)
        self._stage.settle(lambda: "\n".join(self._news().values()) == "\n".join(scene.seen))
        assert not self._stage.left(), f"unasked for: {scene.deed}"
        news = self._news()
        self._shown |= news
        return [*self._of_the_model(scene), *news.values()]

    def _do(self, scene: _Scene) -> None:
        if later := _LATER.fullmatch(scene.deed):
            self._stage.pass_time(int(later["minutes"]))
        elif press := _PRESS.fullmatch(scene.deed):
            lines = [line for place in (press["who"], IN_GROUP) for line in self._stage.lines(place)]
            card = max((line for line in lines if press["label"] in line.buttons), key=lambda line: line.time)
            self._stage.press(press["who"], card.message_id, press["label"])
        else:
            said = _DEED.fullmatch(scene.deed)
            assert said, scene.deed
            rounds = _NUMBERED.sub(lambda found: self._ids[int(found[1]) - 1], json.dumps(scene.rounds))
            self._stage.say(said["who"], said["text"], json.loads(rounds), in_group=bool(said["group"]))

    def _of_the_model(self, scene: _Scene) -> Iterator[str]:
        """Yield what the model has answered, and after each answer what its tools have told it."""
        requests = self._stage.asked()
        for number, answer in enumerate(scene.rounds):
            for call in answer.get("calls", ()):
                yield f"    model gọi: {call['name']} {json.dumps(call['input'], ensure_ascii=False)}"
            if "calls" in answer and number + 1 < len(requests):
                for block in requests[number + 1][-1]["content"]:
                    told = self._stage.as_written(block["content"])
                    yield f"    tool: {_cut(_RANDOM.sub(self._numbered, told))}"
            trouble = next((name for name, line in _TROUBLE.items() if line.items() <= answer.items()), "")
            cut = " (bị cắt)" if answer.get("stops") == "max_tokens" else ""
            if "says" in answer or trouble:
                yield f"    model: {trouble or answer['says'].replace(chr(10), '\\n')}{cut}"

    def _numbered(self, found: re.Match[str]) -> str:
        if found[0] not in self._ids:
            self._ids.append(found[0])
        return f"<id {self._ids.index(found[0]) + 1}>"

    def _news(self) -> dict[str, str]:
        """Return what is to be seen that is new, by the message that it stands in."""
        news: dict[str, str] = {}
        for place in (*PEOPLE, IN_GROUP):
            where = " (nhóm)" if place == IN_GROUP else f" (riêng cho {place})"
            for line in self._stage.lines(place):
                shown = f"Bot{where}: {self._stage.as_written(_shown(line))}"
                if line.sender == BOT_NAME and self._shown.get(line.message_id) != shown:
                    news[line.message_id] = shown
        return news


def _shown(line: Line) -> str:
    text = _LINK.sub(r"https://larkbridge.test\1…", line.text).replace("\n", "\n     ")
    buttons = "".join(f" [{label}]" for label in line.buttons)
    return f"{text}\n    {buttons}" if buttons else text


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TOLD else f"{text[:MAX_TOLD]}…"
