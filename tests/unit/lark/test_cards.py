"""Cards that are already with people, changed by the client."""

import json

import pytest

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.cards import Cards
from larkbridge.lark.messages import Messages, plain_card
from larkbridge.work.outcome import Verdict
from sandbox.faults import Fault
from tests.support.lark import Platform, ScriptedLark, lark_client, refused

SHARED = {"config": {"update_multi": True}, **plain_card("Đang xử lý", "Phiếu của Nguyễn Minh An")}
DONE = {"config": {"update_multi": True}, **plain_card("Đã xong", "Phiếu của Nguyễn Minh An")}


@pytest.fixture
def lark() -> Platform:
    return Platform()


@pytest.fixture
def cards(lark: Platform) -> Cards:
    return Cards(lark.client)


@pytest.fixture
def message_id(lark: Platform) -> str:
    return Messages(lark.client).send_card("ou_1", "open_id", SHARED, "key-1")


def test_an_update_carries_the_card_as_an_object_and_a_patch_as_a_string() -> None:
    lark = ScriptedLark({"code": 0, "msg": "ok"})
    cards = Cards(lark_client(lark.network))
    cards.update("c-1", DONE)
    cards.patch("om_1", DONE)
    update, patch = lark.calls
    assert (update.method, update.url.path) == ("POST", "/open-apis/interactive/v1/card/update")
    assert json.loads(update.content) == {"token": "c-1", "card": DONE}
    assert (patch.method, patch.url.path) == ("PATCH", "/open-apis/im/v1/messages/om_1")
    assert json.loads(json.loads(patch.content)["content"]) == DONE


@pytest.mark.parametrize("message_id", ["", "..", "om_1/reply", "om_1?x=1", "om 1", "ế"])
def test_what_is_no_id_never_becomes_a_path(message_id: str) -> None:
    lark = ScriptedLark()
    with pytest.raises(LarkApiError):
        Cards(lark_client(lark.network)).patch(message_id, DONE)
    assert lark.calls == []


def test_a_press_late_or_used_up_is_refused_for_good(lark: Platform, cards: Cards, message_id: str) -> None:
    used, late = lark.api.cards.press(message_id), lark.api.cards.press(message_id)
    cards.update(used, DONE)
    cards.update(used, DONE)
    lark.clock.advance(minutes=30)
    outcomes = [refused(lambda token=token: cards.update(token, DONE)) for token in (late, "c-x")]
    assert [outcome.lark_code for outcome in outcomes] == [300030, 300020]
    assert [outcome.verdict for outcome in outcomes] == [Verdict.REJECT] * 2


def test_a_third_update_is_refused_for_good(lark: Platform, cards: Cards, message_id: str) -> None:
    token = lark.api.cards.press(message_id)
    for _ in range(2):
        cards.update(token, DONE)
    outcome = refused(lambda: cards.update(token, DONE))
    assert (outcome.verdict, outcome.lark_code) == (Verdict.REJECT, 300040)


def test_a_lost_answer_has_used_the_token(lark: Platform, cards: Cards, message_id: str) -> None:
    token = lark.api.cards.press(message_id)
    lark.api.faults["cards"].set(Fault("answer_lost", times=1))
    assert refused(lambda: cards.update(token, DONE)).verdict is Verdict.UNKNOWN
    cards.update(token, DONE)
    assert refused(lambda: cards.update(token, DONE)).lark_code == 300040


def test_too_many_patches_of_one_message_wait(lark: Platform, cards: Cards, message_id: str) -> None:
    for _ in range(5):
        cards.patch(message_id, DONE)
    outcome = refused(lambda: cards.patch(message_id, DONE))
    assert (outcome.verdict, outcome.throttled) == (Verdict.RETRY, True)
    assert len(lark.api.cards.updates) == 5
