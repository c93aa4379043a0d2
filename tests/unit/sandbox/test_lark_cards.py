import json
from typing import Any

import pytest

from tests.support.lark_calls import MESSAGES, CalledLark, code

UPDATE = "/open-apis/interactive/v1/card/update"
SHARED = {"config": {"update_multi": True}, "elements": []}


@pytest.fixture
def lark() -> CalledLark:
    return CalledLark()


def sent(lark: CalledLark, card: dict[str, Any] = SHARED, **changes: Any) -> str:
    return lark.send(**{"content": json.dumps(card)} | changes).json()["data"]["message_id"]


def update(lark: CalledLark, token: object, card: Any = SHARED) -> int:
    response = lark.call("POST", UPDATE, {"token": token, "card": card})
    assert response.status_code == 200
    return code(response)


def patch(lark: CalledLark, message_id: str, card: Any = SHARED) -> tuple[int, int]:
    response = lark.call("PATCH", f"{MESSAGES}/{message_id}", {"content": json.dumps(card)})
    return response.status_code, code(response)


@pytest.mark.parametrize("token", [None, 7, "", "c-unknown", ["c-1"]])
def test_a_token_that_nobody_was_given_is_not_valid(lark: CalledLark, token: object) -> None:
    sent(lark)
    assert update(lark, token) == 300020


@pytest.mark.parametrize(
    ("card", "expected"),
    [(None, 10002), ([], 10002), ({"open_ids": 1}, 10002), ({"elements": ["x" * 100 * 1024]}, 100000)],
)
def test_a_card_that_is_wrong_changes_nothing(lark: CalledLark, card: Any, expected: int) -> None:
    token = lark.api.cards.press(sent(lark))
    assert update(lark, token, card) == expected
    assert lark.api.cards.updates == []


def test_a_token_is_good_for_half_an_hour(lark: CalledLark) -> None:
    token = lark.api.cards.press(sent(lark))
    lark.clock.advance(minutes=29, seconds=59)
    assert update(lark, token) == 0
    lark.clock.advance(seconds=1)
    assert update(lark, token) == 300030


@pytest.mark.parametrize("uses", [2, 3])
def test_a_token_is_good_for_so_many_updates(lark: CalledLark, uses: int) -> None:
    lark.api.cards.updates_per_token = uses
    token = lark.api.cards.press(sent(lark))
    update(lark, token, None)
    assert [update(lark, token) for _ in range(uses + 1)] == [0] * uses + [300040]


def test_a_card_that_is_not_shared_changes_for_those_who_are_named(lark: CalledLark) -> None:
    message_id = sent(lark, {"elements": []})
    token = lark.api.cards.press(message_id)
    assert update(lark, token, {"elements": [1]}) == 300090
    assert update(lark, token, {"elements": [1], "open_ids": ["ou_1"]}) == 0
    (change,) = lark.api.cards.updates
    assert (change.message_id, change.card, change.open_ids) == (message_id, {"elements": [1]}, ["ou_1"])


def test_a_message_changes_for_everybody_when_both_cards_are_shared(lark: CalledLark) -> None:
    message_id = sent(lark)
    assert patch(lark, message_id, SHARED | {"elements": [1]}) == (200, 0)
    assert [change.card for change in lark.api.cards.updates] == [SHARED | {"elements": [1]}]
    assert patch(lark, message_id, {"elements": []}) == (400, 230001)
    assert patch(lark, sent(lark, {"elements": []})) == (400, 230001)
    assert patch(lark, sent(lark, SHARED, msg_type="text")) == (400, 230001)
    assert patch(lark, "om_x") == (400, 230001)


@pytest.mark.parametrize(
    ("content", "expected"), [(None, 99992402), ("x", 230099), ('"%s"' % ("x" * 30720), 230025)]
)
def test_a_message_is_not_changed_to_what_is_no_card(
    lark: CalledLark, content: str | None, expected: int
) -> None:
    assert code(lark.call("PATCH", f"{MESSAGES}/{sent(lark)}", {"content": content})) == expected


def test_a_message_can_be_changed_for_14_days(lark: CalledLark) -> None:
    message_id = sent(lark)
    lark.clock.advance(days=14)
    lark.headers = {"Authorization": f"Bearer {lark.token()}"}
    assert patch(lark, message_id) == (400, 230031)


def test_a_message_changes_five_times_a_second(lark: CalledLark) -> None:
    message_id = sent(lark)
    assert [patch(lark, message_id)[1] for _ in range(6)] == [0] * 5 + [230020]
    lark.clock.advance(seconds=1)
    assert patch(lark, message_id) == (200, 0)


def test_a_card_that_was_recalled_or_fails_the_audit_is_not_changed(lark: CalledLark) -> None:
    message_id = sent(lark)
    lark.api.messages.audits = True
    assert patch(lark, message_id, SHARED | {"elements": ["0912345678"]}) == (400, 230028)
    lark.api.messages.recalled.add(message_id)
    assert patch(lark, message_id) == (400, 230011)


def test_a_card_of_version_2_is_shared_and_stays_one() -> None:
    lark = CalledLark()
    card = {"schema": "2.0", "body": {"elements": []}}
    message_id = sent(lark, card)
    assert patch(lark, message_id, card) == (200, 0)
    assert patch(lark, message_id, SHARED) == (400, 200830)
    token = lark.api.cards.press(message_id)
    response = lark.call("POST", UPDATE, {"token": token, "card": SHARED})
    assert code(response) == 200830
    unshared = card | {"config": {"update_multi": False}}
    assert patch(lark, message_id, unshared) == (400, 230001)


def test_everybody_sees_what_a_card_was_changed_to(lark: CalledLark) -> None:
    message_id = sent(lark)

    def seen() -> Any:
        (item,) = lark.data("GET", f"{MESSAGES}/{message_id}")["items"]
        return json.loads(item["body"]["content"]), item["updated"]

    assert seen() == (SHARED, False)
    for_one = SHARED | {"elements": [1], "open_ids": ["ou_1"]}
    assert update(lark, lark.api.cards.press(message_id), for_one) == 0
    assert seen() == (SHARED, False)
    done = SHARED | {"elements": [2]}
    assert patch(lark, message_id, done) == (200, 0)
    assert seen() == (done, True)
