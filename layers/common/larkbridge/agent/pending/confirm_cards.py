"""The card that asks, and what it shows from the first moment to the last.

Protocol (open platform documentation, "Update the message card sent by the app" and "Card callback
communication"): both the card that is sent and what takes its place say ``config.update_multi``, and both are
cards of JSON 1.0, as all of the bot's are. Only the ids of people stand in markup; words are plain text.
"""

from collections.abc import Iterator
from typing import Any

from larkbridge.agent.pending.in_words import moment_in_words, texts_in
from larkbridge.agent.pending.pending_wording import PendingTexts
from larkbridge.clock import from_text
from larkbridge.inbound.lark_card_actions import ASKER, REFUSAL
from larkbridge.store.chat_queue import OUR_ACTION, PENDING, PLACE_CHAT, PLACE_IN_GROUP, PLACE_THREAD
from larkbridge.store.pending_actions import PendingAction, PendingStatus
from larkbridge.text import line

AGREE, DECLINE, UNDO = "agree", "decline", "undo"
"""What a button says under `OUR_ACTION`."""
MAX_WORDS = 600
"""Characters of one fact."""

_COLOURS = {
    PendingStatus.PENDING: "blue",
    PendingStatus.DONE: "green",
    PendingStatus.FAILED: "red",
}
_OTHER_COLOUR = "grey"


def card_of(action: PendingAction, now: str) -> dict[str, Any]:
    """Return the card as it is at a moment, a stored text."""
    texts = texts_in(action.language)
    elements = [*_told(action, texts), *_outcome(action, texts, now)]
    if buttons := _buttons(action, texts, now):
        elements.append({"tag": "action", "actions": buttons})
    return _card(texts.headers[action.status], _COLOURS.get(action.status, _OTHER_COLOUR), elements)


def forgotten_card(texts: PendingTexts) -> dict[str, Any]:
    """Return what is shown in place of a card whose action is forgotten."""
    return _card(texts.headers[PendingStatus.EXPIRED], _OTHER_COLOUR, [_words(texts.forgotten)])


def _card(header: str, colour: str, elements: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "config": {"wide_screen_mode": True, "update_multi": True},
        "header": {"template": colour, "title": _plain(header)},
        "elements": elements,
    }


def _told(action: PendingAction, texts: PendingTexts) -> Iterator[dict[str, Any]]:
    """Yield what is asked."""
    yield _words(action.title)
    for fact in action.facts:
        if fact.people:
            people = " ".join(f"<at id={open_id}></at>" for open_id in fact.people)
            yield {"tag": "div", "text": {"tag": "lark_md", "content": f"{fact.label}: {people}"}}
        else:
            yield _words(f"{fact.label}: {_cut(line(fact.text)) or texts.nothing}")
    if action.warning and action.status is PendingStatus.PENDING:
        yield _words(f"⚠️ {action.warning}")


def _outcome(action: PendingAction, texts: PendingTexts, now: str) -> Iterator[dict[str, Any]]:
    """Yield what came of it, and until when something can be done about it."""
    if action.status is PendingStatus.PENDING:
        yield _words(texts.holds_until.format(time=_shown(texts, action.holds_until)))
    if action.status in (PendingStatus.CANCELLED, PendingStatus.EXPIRED):
        yield _words(texts.not_asked_any_more)
    if action.result:
        yield _words(action.result)
    if action.status is PendingStatus.DONE and action.may_be_undone(now):
        yield _words(texts.undo_until.format(time=_shown(texts, action.undo_until or now)))


def _buttons(action: PendingAction, texts: PendingTexts, now: str) -> list[dict[str, Any]]:
    if action.status is PendingStatus.PENDING:
        return [
            _button(action, texts, texts.agree, AGREE, "primary"),
            _button(action, texts, texts.decline, DECLINE, "default"),
        ]
    if action.status is PendingStatus.DONE and action.may_be_undone(now):
        return [_button(action, texts, texts.undo, UNDO, "default")]
    return []


def _button(action: PendingAction, texts: PendingTexts, label: str, says: str, kind: str) -> dict[str, Any]:
    """Return a button whose press is answered at once with a card that has no more buttons."""
    under_way = _card(texts.under_way, _OTHER_COLOUR, [*_told(action, texts), _words(f"{label}: …")])
    value = {
        OUR_ACTION: says,
        PENDING: action.pending_id,
        ASKER: action.asker,
        REFUSAL: texts.refusal,
        PLACE_CHAT: action.chat_id,
        PLACE_THREAD: action.thread_id,
        PLACE_IN_GROUP: action.is_group,
        "toast": texts.under_way,
        "card": under_way,
    }
    return {"tag": "button", "text": _plain(label), "type": kind, "value": value}


def _shown(texts: PendingTexts, moment: str) -> str:
    return moment_in_words(texts, from_text(moment))


def _cut(text: str) -> str:
    return text if len(text) <= MAX_WORDS else f"{text[:MAX_WORDS]}…"


def _words(text: str) -> dict[str, Any]:
    return {"tag": "div", "text": _plain(text)}


def _plain(text: str) -> dict[str, str]:
    return {"tag": "plain_text", "content": text}
