"""A storm of messages on a FIFO queue: one answer each, one chat at a time, in the order of hand-over."""

import itertools
import json
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

import pytest

from larkbridge.agent.chat_texts import VI
from larkbridge.agent.responder import Accounts, CommandResponder
from larkbridge.agent.speaker import LarkSpeaker
from larkbridge.lark.bot import Bot
from larkbridge.lark.messages import Messages
from larkbridge.lark.reactions import Reactions
from larkbridge.store.chat_queue import ChatTurn, Mention
from sandbox.lark.chats import Group
from sandbox.lark.openapi import OpenApi
from sandbox.routing import Router
from sandbox.transport import RouterTransport
from tests.support.agent_world import NO_MODEL, no_decisions, no_staff_commands
from tests.support.calls import Calls, WatchedTransport
from tests.support.chat_room import APOLOGY, Effect
from tests.support.chat_storm import ChatStorm, Trouble
from tests.support.chat_turns import chat_turn
from tests.support.chat_world import AN
from tests.support.clock import START
from tests.support.lark import APP_ID, APP_SECRET, lark_client
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
    assert storm.room.signs == set()
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


class CallsInAStorm(Calls):
    """Lets the storm rage at each call of Lark's too."""

    def __init__(self, storm: ChatStorm) -> None:
        super().__init__()
        self._storm = storm

    def before(self, name: str) -> None:
        self._storm.at_call(name)

    def after(self) -> None:
        self._storm.at_call("answered")


def over_lark(storm: ChatStorm) -> OpenApi:
    """Let the bot itself answer in a storm, over a simulated Lark with as many groups as people."""
    api = OpenApi(storm.clock.timestamp, APP_ID, [APP_SECRET])
    network = WatchedTransport(RouterTransport(Router(api.routes())))
    network.calls = CallsInAStorm(storm)
    client = lark_client(network, storm.clock)

    def not_asked_for(*_: object) -> NoReturn:
        raise AssertionError("nobody asks for their account")

    accounts = Accounts(*[not_asked_for] * len(Accounts._fields))
    responder = CommandResponder(
        Bot(client), accounts, storm.conversations, NO_MODEL, no_decisions, no_staff_commands, storm.clock
    )
    storm.speak_by(responder, LarkSpeaker(Messages(client), Reactions(client), reply_in_thread=True))
    return api


@pytest.mark.parametrize("seed", range(3))
def test_the_bot_itself_answers_once_each_in_lark_in_a_storm(seed: int) -> None:
    rng = random.Random(seed)
    with memory_aws() as dynamo:
        storm = ChatStorm(dynamo, rng, KINDS["all of it"])
        lark = over_lark(storm)
        groups = [f"oc_{number}" for number in range(8)]
        lark.chats.groups |= {group: Group(group, group, [AN]) for group in groups}
        asked = [lark.chats.say(rng.choice(groups), AN, f"@bot câu hỏi {n}") for n in range(80)]
        turns = [
            chat_turn(
                message_id,
                at=START + timedelta(hours=4),
                open_id=AN,
                is_group=True,
                chat_id=lark.messages.find(message_id).chat_id,
                content=json.dumps(lark.messages.find(message_id).content),
                mentions=(Mention(key="@_user_1", open_id=lark.bot.open_id),),
            )
            for message_id in asked
        ]
        for turn in doubled(turns, rng):
            storm.hand_over(turn)
        storm.run()

    for group in groups:
        lines = lark.chat_view.lines(group)
        questions = [line.message_id for line in lines if not line.reply_to]
        answered = [line for line in lines if line.reply_to]
        assert sorted(line.reply_to for line in answered) == sorted(questions)
        in_time = [line.reply_to for line in answered if line.text == VI.no_model]
        assert in_time == [one for one in questions if one in in_time]
        assert {line.text for line in answered} <= {VI.no_model, VI.given_up}
        assert [line.reactions for line in lines if line.reactions] == []
