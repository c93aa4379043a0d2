"""A process that stops at any call while a person connects: they press again, and are connected once."""

from contextlib import suppress
from typing import Literal

import pytest

from larkbridge.people.authorising import End
from larkbridge.store.chat_queue import ChatTurn
from larkbridge.store.connect_requests import ConnectRequest
from tests.support.aws import create_tables
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.connecting import ConnectWorld
from tests.support.lark_accounts import MANAGER, PERSON
from tests.support.memory_dynamo.aws import MemoryAccount

SIDES: tuple[Literal["before", "after"], ...] = ("before", "after")


def new_world(environ: dict[str, str], account: MemoryAccount) -> tuple[ConnectWorld, ConnectRequest]:
    world = ConnectWorld(environ | create_tables())
    account.sqs.use(world.clock)
    return world, world.asked()


def walk(world: ConnectWorld, request: ConnectRequest, calls: Calls, open_id: str = PERSON) -> dict[str, str]:
    """Press, agree, and come back to a process that may stop; return what Lark sent the person back with."""
    back = world.returned(request, open_id)
    with world.watch(calls), suppress(ProcessStoppedError):
        world.arrive(back)
    world.restart()
    return back


def test_stop_at_any_call_connects_once_and_answers_once(
    environ: dict[str, str], account: MemoryAccount
) -> None:
    whole = Calls()
    walk(*new_world(environ, account), whole)
    total = len(whole.made)
    assert total > 8
    for number in range(total):
        for side in SIDES:
            stop = f"{side} call {number}: {whole.made[number]}"
            world, request = new_world(environ, account)
            back = walk(world, request, Calls(stop_at=(number, side)))
            if world.arrive(back).end is not End.DONE:
                again = world.requests.get(request.request_id, world.clock.now())
                assert again is not None, stop
                if not again.connected_at:
                    assert world.arrive(world.returned(again)).end is End.DONE, stop
            token = world.vault.access_token(world.owner())
            assert world.oauth.user_info(token).open_id == PERSON, stop
            (body,) = account.sqs.turns.bodies
            assert ChatTurn.from_json(body).resumed.startswith("connected:"), stop
            assert len(world.api.messages.sent) == 1, stop
            spent = [call for call in world.accounts.calls if call.answer == 20065]
            assert spent == [], stop


def test_stop_at_any_call_connects_nobody_else_and_spoils_nothing(
    environ: dict[str, str], account: MemoryAccount
) -> None:
    whole = Calls()
    walk(*new_world(environ, account), whole, MANAGER)
    assert len(whole.made) > 5
    for number in range(len(whole.made)):
        for side in SIDES:
            stop = f"{side} call {number}: {whole.made[number]}"
            world, request = new_world(environ, account)
            back = walk(world, request, Calls(stop_at=(number, side)), MANAGER)
            assert world.arrive(back).end in (End.MISMATCH, End.INVALID), stop
            for open_id in (PERSON, MANAGER):
                assert world.vault.grant(world.owner(open_id)) is None, stop
            assert account.sqs.turns.bodies == [], stop
            assert world.arrive(world.returned(request)).end is End.DONE, stop
            assert len(account.sqs.turns.bodies) == 1, stop


@pytest.mark.parametrize("number", range(3))
def test_two_who_come_back_at_once_are_one(
    environ: dict[str, str], account: MemoryAccount, number: int
) -> None:
    world, request = new_world(environ, account)
    ways = [world.returned(request) for _ in range(number + 1)]
    assert [world.arrive(way).end for way in ways] == [End.DONE] * len(ways)
    assert len(account.sqs.turns.bodies) == len(world.api.messages.sent) == 1
