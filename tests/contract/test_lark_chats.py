"""Lark's own SDK understands what the simulator tells of chats; it has no call that makes people act."""

import json
import warnings
from collections.abc import Mapping
from typing import Any

import pytest

from sandbox.lark.bot import BOT_ID
from sandbox.lark.chats import P2P, Group
from sandbox.lark.openapi import OpenApi
from tests.support.clock import SimulatedClock
from tests.support.event_receiver import KEY, TOKEN

PERSON, OTHER = "ou_sandbox_person", "ou_sandbox_manager"
OWN = P2P + PERSON
EVENTS = (
    "im_message_receive_v1",
    "im_message_recalled_v1",
    "im_chat_access_event_bot_p2p_chat_entered_v1",
    "application_bot_menu_v6",
)


@pytest.fixture(scope="module")
def lark() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lark_oapi

        return lark_oapi


class Listener:
    """A simulated platform whose events and callbacks the SDK takes; `taken` is what it makes of them."""

    def __init__(self, lark: Any) -> None:
        self._lark = lark
        self.taken: list[Any] = []
        builder = lark.EventDispatcherHandler.builder(KEY, TOKEN)
        for name in EVENTS:
            getattr(builder, f"register_p2_{name}")(self.taken.append)
        builder.register_p2_card_action_trigger(self._pressed)
        self._handler = builder.build()
        self.api = OpenApi(SimulatedClock().timestamp, "cli_sdk", ["sdk-secret"])
        self.api.events.secrets = {"LARK_ENCRYPT_KEY": KEY, "LARK_VERIFICATION_TOKEN": TOKEN}
        self.api.events.post = self.api.events.post_callback = self._post

    def events(self) -> list[Any]:
        """Return the next events."""
        before = len(self.taken)
        self.api.events.deliver_due()
        return [one.event for one in self.taken[before:]]

    def _pressed(self, press: Any) -> Any:
        self.taken.append(press)
        from lark_oapi.event.callback.model.p2_card_action_trigger import P2CardActionTriggerResponse

        return P2CardActionTriggerResponse({})

    def _post(self, headers: Mapping[str, str], body: bytes) -> int:
        raw = self._lark.core.model.RawRequest()
        raw.uri, raw.headers, raw.body = "/", headers, body
        return self._handler.do(raw).status_code


@pytest.fixture
def listener(lark: Any) -> Listener:
    return Listener(lark)


def test_it_understands_a_message_with_its_mentions(listener: Listener) -> None:
    listener.api.chats.groups["oc_1"] = Group("oc_1", "Giáo viên", [PERSON, OTHER])
    message_id = listener.api.chats.say("oc_1", PERSON, f"@bot nhắc @{OTHER}")
    (event,) = listener.events()
    message = event.message
    assert (event.sender.sender_id.open_id, event.sender.sender_type) == (PERSON, "user")
    assert (message.message_id, message.chat_id, message.chat_type) == (message_id, "oc_1", "group")
    assert (message.message_type, json.loads(message.content)) == ("text", {"text": "@_user_1 nhắc @_user_2"})
    assert [(one.key, one.id.open_id) for one in message.mentions] == [
        ("@_user_1", BOT_ID),
        ("@_user_2", OTHER),
    ]


def test_it_understands_what_is_no_message(listener: Listener) -> None:
    message_id = listener.api.chats.say(OWN, PERSON, "?")
    listener.api.chats.recall(message_id)
    listener.api.chats.enter(PERSON)
    listener.api.chats.choose(PERSON, "help")
    _, recalled, entered, chosen = listener.events()
    assert (recalled.message_id, recalled.chat_id, recalled.recall_type) == (
        message_id,
        OWN,
        "message_owner",
    )
    assert (entered.operator_id.open_id, entered.chat_id) == (PERSON, OWN)
    assert (chosen.operator.operator_id.open_id, chosen.event_key) == (PERSON, "help")


def test_it_understands_a_press(listener: Listener) -> None:
    button = {"tag": "button", "text": {"tag": "plain_text", "content": "Bấm"}, "value": {"a": "b"}}
    card = {"elements": [{"tag": "action", "actions": [button]}]}
    box = listener.api.messages
    message_id = box.receive(OWN, "", msg_type="interactive", content=card, sender="")
    assert listener.api.chats.press(PERSON, message_id, "Bấm") == 200
    (press,) = (one.event for one in listener.taken)
    assert (press.operator.open_id, press.action.value) == (PERSON, {"a": "b"})
    assert (press.context.open_message_id, press.context.open_chat_id) == (message_id, OWN)
