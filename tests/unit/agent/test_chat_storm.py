"""A storm of messages on a FIFO queue: one answer each, one chat at a time, in the order of hand-over."""

import itertools
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from larkbridge.store.chat_queue import ChatTurn
from tests.support.chat_room import APOLOGY, Effect
from tests.support.chat_storm import ChatStorm, Trouble
from tests.support.chat_turns import chat_turn
from tests.support.clock import START
from tests.support.memory_dynamo.aws import memory_aws

MESSAGES, CHATS = 500, 50
KINDS = {
    "kills": Trouble(kill=0.01),
    "two at once": Trouble(others=0.1, shown_early=0.5),
    "slow": Trouble(slow=0.01, others=0.02, shown_early=0.2),
    "all of it": Trouble(kill=0.005, slow=0.003, others=0.05, shown_early=0.3),
}


def messages(number: int, chats: int) -> list[ChatTurn]:
    """Return messages that nobody finds old, however long the storm takes."""
    later = START + timedelta(hours=4)
    return [
        chat_turn(f"om_{n}", at=later, open_id=f"ou_{n % chats}", content=f"question {n}")
        for n in range(number)
    ]


def doubled(turns: list[ChatTurn], rng: random.Random) -> list[ChatTurn]:
    """Return each turn twice or three times: the same event, and another event of the same message."""
    found = []
    for turn in turns:
        again = [turn] * rng.randint(0, 1) + [replace(turn, event_id=f"v1 {turn.event_id}")]
        found += [turn, *again]
    return found


def answers(effects: list[Effect]) -> dict[str, list[str]]:
    """Return what each event's message was told."""
    told: dict[str, list[str]] = {}
    for effect in effects:
        if effect.what == "said":
            told.setdefault(effect.event_id, []).append(effect.text)
    return told


def in_main_flow(effects: list[Effect]) -> list[Effect]:
    """Return the effects without those of turns that were given up, which no longer hold up their chat."""
    given_up = {effect.event_id for effect in effects if effect.text == APOLOGY}
    return [effect for effect in effects if effect.event_id not in given_up]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_a_storm_is_answered_once_each_in_order_one_chat_at_a_time(kind: str, seed: int) -> None:
    rng, turns = random.Random(seed), messages(MESSAGES, CHATS)
    with memory_aws() as dynamo:
        storm = ChatStorm(dynamo, rng, KINDS[kind])
        for turn in doubled(turns, rng):
            storm.hand_over(turn)
        storm.run()
        for turn in turns:  # long after the queue has forgotten them
            storm.hand_over(turn)
        storm.run()
    told = answers(storm.room.effects)

    assert told.keys() == {turn.event_id for turn in turns}
    for turn in turns:
        assert told[turn.event_id] in ([f"re: {turn.content}"], [APOLOGY])
    assert storm.room.signs <= {turn.message_id for turn in turns if told[turn.event_id] == [APOLOGY]}
    for chat in {turn.group for turn in turns}:
        seen = [effect for effect in in_main_flow(storm.room.effects) if effect.group == chat]
        one_after_the_other = [event for event, _ in itertools.groupby(seen, lambda effect: effect.event_id)]
        handed_over = [turn.event_id for turn in turns if turn.group == chat]
        assert one_after_the_other == [event for event in handed_over if event in one_after_the_other]


def test_kills_at_every_call_change_nothing_that_is_seen() -> None:
    turns = [
        chat_turn("om_1", content="one"),
        chat_turn("om_2", content="two|in two parts"),
        chat_turn("om_3", content="three"),
    ]
    with memory_aws() as dynamo:
        calm = ChatStorm(dynamo)
        for turn in turns:
            calm.hand_over(turn)
        calm.run()
    expected = ["re: one", "re: two", "in two parts", "re: three"]
    assert calm.room.said == expected

    for kill_at in range(calm.calls):
        with memory_aws() as dynamo:
            storm = ChatStorm(dynamo, kill_at=kill_at)
            for turn in turns:
                storm.hand_over(turn)
            storm.run()
        assert storm.room.said == expected, f"killed at call {kill_at}"
        assert storm.room.signs == set(), f"killed at call {kill_at}"


def test_a_turn_that_is_killed_each_time_gets_an_apology_and_the_chat_goes_on() -> None:
    with memory_aws() as dynamo:
        storm = ChatStorm(dynamo)
        storm.hand_over(chat_turn("om_1", content="deadly"))
        storm.hand_over(chat_turn("om_2", content="harmless"))
        storm.room.deadly.add("om_1")
        storm.run()

    assert Counter(storm.room.said) == Counter(["re: harmless", APOLOGY])
