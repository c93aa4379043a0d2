"""Reactions that the bot adds and takes back, and who the bot is."""

import json
from typing import Any

import pytest

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.bot import Bot
from larkbridge.lark.reactions import TYPING, Reactions
from larkbridge.work.outcome import Verdict
from sandbox.faults import Fault
from sandbox.lark.bot import BOT_ID
from tests.support.lark import Platform, ScriptedLark, lark_client, refused


@pytest.fixture
def lark() -> Platform:
    return Platform()


@pytest.fixture
def reactions(lark: Platform) -> Reactions:
    return Reactions(lark.client)


@pytest.fixture
def question(lark: Platform) -> str:
    return lark.api.messages.receive("oc_1", "?")


@pytest.mark.parametrize(
    ("message_id", "reaction_id"), [("", "r"), ("a/b", "r"), ("om_1", ".."), ("om_1", "ế")]
)
def test_what_is_no_id_never_becomes_a_path(message_id: str, reaction_id: str) -> None:
    lark = ScriptedLark()
    with pytest.raises(LarkApiError):
        Reactions(lark_client(lark.network)).remove(message_id, reaction_id)
    assert lark.calls == []


@pytest.mark.parametrize("data", [{}, {"reaction_id": ""}, {"reaction_id": 7}])
def test_a_reaction_without_an_id_may_be_there(data: dict[str, Any]) -> None:
    lark = ScriptedLark({"code": 0, "data": data})
    outcome = refused(lambda: Reactions(lark_client(lark.network)).add("om_1", TYPING))
    assert (outcome.verdict, outcome.reason) == (Verdict.UNKNOWN, "incomplete_answer")


def test_an_unknown_emoji_and_a_message_that_is_gone_are_refused_for_good(
    lark: Platform, reactions: Reactions, question: str
) -> None:
    assert refused(lambda: reactions.add(question, "typing")).lark_code == 231001
    lark.api.messages.recalled.add(question)
    outcome = refused(lambda: reactions.add(question, TYPING))
    assert (outcome.verdict, outcome.reason) == (Verdict.REJECT, "message_recalled")


def test_a_reaction_comes_and_goes(lark: Platform, reactions: Reactions, question: str) -> None:
    reaction_id = reactions.add(question, TYPING)
    assert lark.api.reactions.shown(question) == ["Typing"]
    reactions.remove(question, reaction_id)
    reactions.remove(question, reaction_id)
    assert lark.api.reactions.shown(question) == []


def test_a_lost_answer_and_a_second_try_leave_one_reaction(
    lark: Platform, reactions: Reactions, question: str
) -> None:
    lark.api.faults["reactions"].set(Fault("answer_lost", times=1))
    assert refused(lambda: reactions.add(question, TYPING)).verdict is Verdict.UNKNOWN
    reactions.remove(question, reactions.add(question, TYPING))
    assert lark.api.reactions.shown(question) == []


def test_an_emoji_travels_by_its_name() -> None:
    lark = ScriptedLark({"code": 0, "data": {"reaction_id": "r1"}})
    assert Reactions(lark_client(lark.network)).add("om_1", TYPING) == "r1"
    (request,) = lark.calls
    assert (request.method, request.url.path) == ("POST", "/open-apis/im/v1/messages/om_1/reactions")
    assert json.loads(request.content) == {"reaction_type": {"emoji_type": "Typing"}}


@pytest.mark.parametrize("document", [{}, {"bot": None}, {"bot": {}}, {"bot": {"open_id": ""}}, {"data": {}}])
def test_an_answer_without_a_bot_is_incomplete(document: dict[str, Any]) -> None:
    lark = ScriptedLark({"code": 0} | document)
    assert refused(Bot(lark_client(lark.network)).open_id).reason == "incomplete_answer"


def test_the_bot_knows_itself(lark: Platform) -> None:
    assert Bot(lark.client).open_id() == BOT_ID
