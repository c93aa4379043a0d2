"""The card that greets whoever opens the chat with the bot."""

import json
from typing import Any

from larkbridge.agent.chat_wording import Texts
from larkbridge.store.chat_queue import OUR_ACTION


def welcome_card(texts: Texts) -> str:
    """Return the JSON text of the card: each button says something in the person's name."""
    connect = _button(texts.connect_button, texts.connect_command, "primary")
    prompts = [_button(prompt, prompt, "default") for prompt in texts.prompts]
    card = {
        "config": {"wide_screen_mode": True},
        "header": {"template": "blue", "title": _plain(texts.welcome_title)},
        "elements": [
            {"tag": "div", "text": _plain(texts.welcome)},
            {"tag": "action", "layout": "flow", "actions": [connect]},
            {"tag": "action", "layout": "flow", "actions": prompts},
        ],
    }
    return json.dumps(card, ensure_ascii=False)


def _button(label: str, said: str, kind: str) -> dict[str, Any]:
    return {"tag": "button", "text": _plain(label), "type": kind, "value": {OUR_ACTION: said}}


def _plain(text: str) -> dict[str, str]:
    return {"tag": "plain_text", "content": text}
