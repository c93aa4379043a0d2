"""Conversations with the bot as a person can read them, played on the whole bundle.

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
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.lark.chat_view import Line
from sandbox.lark.chats import BOT_NAME, P2P
from tests.support.chat_world import AN, GROUP, HUONG, ChatWorld

PEOPLE = {"An": AN, "Hương": HUONG}
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
_LINK_ID = re.compile(r"(?<=\?t=)[\w-]+")


@dataclass
class _Scene:
    """One deed, and what the model answers to what follows from it."""

    deed: str
    rounds: list[dict[str, Any]] = field(default_factory=list)


def play(transcript: str, chat: ChatWorld) -> str:
    """Play a transcript and return it as it is now."""
    stage = _Stage(chat)
    written: list[str] = []
    for scene in _scenes(transcript):
        written += [scene.deed, *stage.follow(scene)]
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


class _Stage:
    """Plays scenes and says what there is to see."""

    def __init__(self, chat: ChatWorld) -> None:
        self._chat = chat
        self._model = chat.world.simulators.anthropic
        self._shown: dict[str, str] = {}
        self._ids: list[str] = []

    def follow(self, scene: _Scene) -> list[str]:
        if scene.deed.startswith("#"):
            return []
        self._model.script.lines.clear()
        if scene.rounds:
            rounds = json.dumps(scene.rounds)
            self._model.write(*json.loads(_NUMBERED.sub(lambda found: self._ids[int(found[1]) - 1], rounds)))
        before = len(self._model.requests)
        self._do(scene.deed)
        self._chat.settle()
        assert all(line.left in (0, None) for line in self._model.script.lines), f"unasked for: {scene.deed}"
        return [*self._of_the_model(scene, before), *self._seen()]

    def _do(self, deed: str) -> None:
        if later := _LATER.fullmatch(deed):
            self._chat.world.clock.advance(minutes=int(later["minutes"]))
            return
        self._chat.world.clock.advance(seconds=1)
        if press := _PRESS.fullmatch(deed):
            who = PEOPLE[press["who"]]
            lines = [line for chat in (P2P + who, GROUP) for line in self._chat.lark.chat_view.lines(chat)]
            card = max((line for line in lines if press["label"] in line.buttons), key=lambda line: line.time)
            self._chat.chats.press(who, card.message_id, press["label"])
            return
        said = _DEED.fullmatch(deed)
        assert said, deed
        who = PEOPLE[said["who"]]
        if said["group"]:
            self._chat.chats.say(GROUP, who, f"@bot {said['text']}")
        else:
            self._chat.chats.say(P2P + who, who, said["text"])

    def _of_the_model(self, scene: _Scene, before: int) -> Iterator[str]:
        """Yield what the model has answered, and after each answer what its tools have told it."""
        requests = [one.body["messages"] for one in self._model.requests[before:]]
        for number, answer in enumerate(scene.rounds):
            for call in answer.get("calls", ()):
                yield f"    model gọi: {call['name']} {json.dumps(call['input'], ensure_ascii=False)}"
            if "calls" in answer and number + 1 < len(requests):
                for block in requests[number + 1][-1]["content"]:
                    yield f"    tool: {_cut(_RANDOM.sub(self._numbered, block['content']))}"
            trouble = next((name for name, line in _TROUBLE.items() if line.items() <= answer.items()), "")
            cut = " (bị cắt)" if answer.get("stops") == "max_tokens" else ""
            if "says" in answer or trouble:
                yield f"    model: {trouble or answer['says'].replace(chr(10), '\\n')}{cut}"

    def _numbered(self, found: re.Match[str]) -> str:
        if found[0] not in self._ids:
            self._ids.append(found[0])
        return f"<id {self._ids.index(found[0]) + 1}>"

    def _seen(self) -> Iterator[str]:
        for place, chat in (*((name, P2P + one) for name, one in PEOPLE.items()), ("nhóm", GROUP)):
            for line in self._chat.lark.chat_view.lines(chat):
                shown = _shown(line)
                if line.sender == BOT_NAME and self._shown.get(line.message_id) != shown:
                    self._shown[line.message_id] = shown
                    where = " (nhóm)" if place == "nhóm" else f" (riêng cho {place})"
                    yield f"Bot{where}: {shown}"


def _shown(line: Line) -> str:
    text = _LINK_ID.sub("…", line.text).replace("\n", "\n     ")
    buttons = "".join(f" [{label}]" for label in line.buttons)
    return f"{text}\n    {buttons}" if buttons else text


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TOLD else f"{text[:MAX_TOLD]}…"
