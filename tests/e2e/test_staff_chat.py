"""What the staff's chat is told on the deployed stack: alarms, and how things are, with buttons that ask."""

from typing import Any

from larkbridge.agent.pending.pending_texts import VI
from larkbridge.staff_chat import staff_chat_texts as texts
from larkbridge.store.pending_actions import PendingStatus
from sandbox.stack import MANAGER, STAFF_CHAT
from tests.support.providers import FIRST_ATTEMPT_SECONDS
from tests.support.stack import LocalStack
from tests.support.waiting import wait_for


def lines(stack: LocalStack) -> list[dict[str, Any]]:
    with stack.sandbox() as sandbox:
        return sandbox.get(f"/lark/chats/{STAFF_CHAT}").raise_for_status().json()["items"]


def press(stack: LocalStack, line: dict[str, Any], label: str) -> None:
    body = {"openId": MANAGER.open_id, "messageId": line["messageId"], "label": label}
    with stack.sandbox() as sandbox:
        assert sandbox.post("/lark/chats/press", json=body).json() == {"status": 200}


def awaited(stack: LocalStack, *words: str) -> dict[str, Any]:
    """Wait for a card that says these words and return it."""

    def found() -> list[dict[str, Any]]:
        return [line for line in lines(stack) if all(word in line["text"] for word in words)]

    wait_for(lambda: bool(found()), FIRST_ATTEMPT_SECONDS, lambda: lines(stack))
    return found()[-1]


def test_an_alarm_and_its_end_come_as_cards(stack: LocalStack) -> None:
    watch = stack.aws("cloudwatch")
    alarms = watch.describe_alarms(AlarmNamePrefix=f"{stack.description['stackName']}-RowsRejectedAlarm")
    (name,) = (one["AlarmName"] for one in alarms["MetricAlarms"])
    for state, title in (("ALARM", texts.ALARM_TITLE), ("OK", texts.ENDED_TITLE)):
        watch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")
        awaited(stack, title, name)


def test_the_morning_card_syncs_when_who_pressed_has_agreed(stack: LocalStack) -> None:
    function = stack.outputs["RetryDueFunction"]
    stack.aws("lambda").invoke(FunctionName=function, Payload=b'{"backlog": "morning"}')
    card = awaited(stack, "Chào buổi sáng")
    assert card["buttons"] == [texts.RETRY_BUTTON, texts.SYNC_BUTTON]

    press(stack, card, texts.SYNC_BUTTON)
    press(stack, awaited(stack, VI.titles["sync_all"], VI.headers[PendingStatus.PENDING]), VI.agree)
    awaited(stack, VI.done["sync_all"])
