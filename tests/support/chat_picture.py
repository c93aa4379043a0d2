"""A conversation of tests/conversations as a page that looks like a chat."""

import re
from collections.abc import Iterator
from html import escape

_PERSON = re.compile(r"(An|Hương)(?: \(nhóm\))?: (.*)")
_BOT = re.compile(r"Bot \([^)]*\): (.*)", re.DOTALL)
_BUTTONS = re.compile(r"\n     \[[^\]]+\](?: \[[^\]]+\])*$")
_PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Larkbridge</title><style>
body { margin: 0; padding: 12px; background: #fff; font: 15px/1.45 Roboto, sans-serif; color: #1f2329 }
main { display: flex; flex-direction: column; gap: 10px }
div { max-width: 85%%; padding: 8px 12px; border-radius: 10px; background: #f0f1f3; overflow-wrap: anywhere }
.person { align-self: flex-end; background: #d1e3ff }
.card { background: #fff; border: 1px solid #dee0e3 }
i { align-self: center; color: #646a73; font-size: 13px }
button { margin: 8px 8px 0 0; padding: 4px 12px; font: inherit }
button { border: 1px solid #bbbfc4; border-radius: 6px; background: #fff }
</style><main>%s</main></html>"""


def chat_page(transcript: str) -> str:
    """Return a conversation as HTML, without what the model and its tools say to each other."""
    return _PAGE % "".join(_bubbles(transcript))


def _bubbles(transcript: str) -> Iterator[str]:
    pressed = False
    for said in re.split(r"\n(?=\S)", transcript.rstrip()):
        words = re.sub(r"\n    (?:model|tool)[ :].*", "", said)
        if person := _PERSON.fullmatch(words):
            yield f'<div class="person">{_words(person[2])}</div>'
        elif bot := _BOT.fullmatch(words):
            yield _of_the_bot(bot[1], pressed=pressed)
        elif not words.startswith("#"):
            yield f"<i>{escape(words)}</i>"
        pressed = " bấm: " in words


def _of_the_bot(text: str, *, pressed: bool) -> str:
    """Return an answer, or a card: that has buttons, or shows what came of a press."""
    buttons = _BUTTONS.search(text)
    if not (buttons or pressed):
        return f"<div>{_words(text)}</div>"
    labels = re.findall(r"\[([^\]]+)\]", buttons[0]) if buttons else []
    head, _, rest = _BUTTONS.sub("", text).partition("\n")
    shown = "".join(f"<button>{escape(label)}</button>" for label in labels)
    return f'<div class="card"><b>{escape(head)}</b><br>{_words(rest)}<br>{shown}</div>'


def _words(text: str) -> str:
    marked = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(re.sub(r"(?m)^     ", "", text)))
    return marked.replace("\n", "<br>")
