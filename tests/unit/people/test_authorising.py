"""A person goes to Lark and comes back: what is kept, who hears of it, and whatever goes wrong on the way."""

import threading
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from larkbridge.errors import NotConfiguredError
from larkbridge.people.authorising import End
from larkbridge.people.oauth_state import new_state
from larkbridge.store.chat_queue import ChatTurn
from larkbridge.store.codec import from_item
from larkbridge.token_pair import TokenPair
from larkbridge.vault.refusals import VaultKeyError
from sandbox.faults import Fault
from tests.support.aws_faults import answers_lost
from tests.support.connecting import START, ConnectWorld, question
from tests.support.lark_accounts import MANAGER, PERSON, READ_TASKS
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.output import captured

WRITE_TASKS = "task:task:write"


@pytest.fixture
def world(environ: dict[str, str], account: MemoryAccount) -> ConnectWorld:
    world = ConnectWorld(environ)
    account.sqs.use(world.clock)
    return world


def turns(account: MemoryAccount) -> list[ChatTurn]:
    """Return what was handed to the agent."""
    return [ChatTurn.from_json(body) for body in account.sqs.turns.bodies]


def lines(world: ConnectWorld) -> list[tuple[str, str]]:
    """Return to whom the bot has said what."""
    return [(one.receive_id, one.content["text"]) for one in world.api.messages.sent]


def audited(account: MemoryAccount) -> list[tuple[str, str, str, int]]:
    records = map(from_item, account.dynamo.items("AuditTable"))
    return [(one["who"], one["what"], one["subject"], one["count"]) for one in records]


def nothing_is_kept(world: ConnectWorld, account: MemoryAccount) -> bool:
    return world.vault.grant(world.owner()) is None and not turns(account) and not lines(world)


def test_the_link_names_the_request_and_nothing_of_the_person(world: ConnectWorld) -> None:
    link = world.connecting.ask(question(world.clock), [READ_TASKS], "agent")
    parts = urlsplit(link)
    assert link.startswith(f"{START}?t=")
    ((name, t),) = parse_qsl(parts.query)
    assert (name, len(t) >= 32, PERSON in link) == ("t", True, False)
    request = world.requests.get(t, world.clock.now())
    assert request is not None
    assert (request.scopes, request.turn, request.purpose) == (
        (READ_TASKS,),
        question(world.clock),
        "agent",
    )


def test_a_question_that_needs_a_second_right_is_taken_up_again_for_each(
    world: ConnectWorld, account: MemoryAccount
) -> None:
    first = world.asked(READ_TASKS)
    world.arrive(world.returned(first))
    (taken_up,) = turns(account)
    world.clock.advance(minutes=1)
    second = parse_qsl(urlsplit(world.connecting.ask(taken_up, ["task:task:write"])).query)[0][1]
    request = world.requests.get(second, world.clock.now())
    assert request is not None
    world.arrive(world.returned(request))
    assert [turn.resumed for turn in turns(account)] == [
        f"connected:{first.request_id}",
        f"connected:{second}",
    ]


def test_a_link_holds_for_a_day(world: ConnectWorld) -> None:
    request = world.asked()
    world.clock.advance(hours=23, minutes=59)
    assert world.requests.get(request.request_id, world.clock.now()) == request
    world.clock.advance(minutes=1)
    assert world.requests.get(request.request_id, world.clock.now()) is None


def test_lark_is_asked_for_the_least_and_for_a_refresh_token(world: ConnectWorld) -> None:
    query = dict(parse_qsl(urlsplit(world.authorising.set_out(world.asked(READ_TASKS))).query))
    assert query["scope"] == f"offline_access {READ_TASKS}"
    assert query["code_challenge_method"] == "S256"
    assert PERSON not in str(query)


def test_a_person_who_agrees_is_connected_told_and_answered(
    world: ConnectWorld, account: MemoryAccount
) -> None:
    request = world.asked(READ_TASKS)
    arrival = world.arrive(world.returned(request))
    assert arrival.end is End.DONE
    grant = world.vault.grant(world.owner())
    assert grant is not None
    assert (grant.scopes, grant.user_id) == (("offline_access", READ_TASKS), "an01")
    assert world.oauth.user_info(world.vault.access_token(world.owner())).open_id == PERSON
    (turn,) = turns(account)
    assert (turn.event_id, turn.resumed, turn.content) == (
        request.turn.event_id,
        f"connected:{request.request_id}",
        request.turn.content,
    )
    ((receiver, line),) = lines(world)
    assert receiver == PERSON
    assert "Đã kết nối" in line
    assert audited(account) == [(PERSON, "connect", f"lark-user#{PERSON}", 1)]


def test_further_scopes_join_those_of_before(world: ConnectWorld) -> None:
    world.arrive(world.returned(world.asked(READ_TASKS)))
    world.arrive(world.returned(world.asked(WRITE_TASKS)))
    grant = world.vault.grant(world.owner())
    assert grant is not None
    assert grant.scopes == ("offline_access", READ_TASKS, WRITE_TASKS)


def test_a_link_that_is_followed_twice_connects_twice_and_is_told_of_once(
    world: ConnectWorld, account: MemoryAccount
) -> None:
    request = world.asked()
    assert world.arrive(world.returned(request)).end is End.DONE
    again = world.requests.get(request.request_id, world.clock.now())
    assert again is not None
    assert again.connected_at
    assert world.arrive(world.returned(again)).end is End.DONE
    assert (len(turns(account)), len(lines(world))) == (1, 1)


def test_each_connecting_by_the_same_link_is_recorded_and_told_and_the_question_answered_once(
    world: ConnectWorld, account: MemoryAccount
) -> None:
    request = world.asked(READ_TASKS)
    for _ in range(2):
        again = world.requests.get(request.request_id, world.clock.now())
        assert again is not None
        assert world.arrive(world.returned(again)).end is End.DONE
        world.clock.advance(hours=1)
    assert audited(account) == [(PERSON, "connect", f"lark-user#{PERSON}", 1)] * 2
    assert (len(turns(account)), len(lines(world))) == (1, 2)


def test_a_second_connecting_that_stopped_is_gone_on_with_too(
    world: ConnectWorld, account: MemoryAccount
) -> None:
    request = world.asked(READ_TASKS)
    assert world.arrive(world.returned(request)).end is End.DONE
    world.clock.advance(hours=1)
    again = world.requests.get(request.request_id, world.clock.now())
    assert again is not None
    back = world.returned(again)
    with answers_lost("dynamodb", "PutItem"):
        world.arrive(back)
    assert len(lines(world)) == 1
    assert world.arrive(back).end is End.DONE
    assert (len(audited(account)), len(turns(account)), len(lines(world))) == (2, 1, 2)
    assert world.arrive(back).end is End.INVALID


def test_whoever_was_refused_is_not_told_of_anothers_connection(world: ConnectWorld) -> None:
    request = world.asked()
    refused = world.returned(request, open_id=MANAGER)
    assert world.arrive(refused).end is End.MISMATCH
    world.clock.advance(seconds=20)
    other = world.asked()
    assert world.arrive(world.returned(other)).end is End.DONE
    assert world.arrive(refused).end is End.INVALID


def test_an_address_that_is_loaded_twice_at_once_ends_alike(
    world: ConnectWorld, account: MemoryAccount
) -> None:
    back, exchange, ends = world.returned(world.asked()), world.oauth.exchange, list[End]()
    entered, may_go_on = threading.Event(), threading.Event()

    def slow(*given: str) -> TokenPair:
        entered.set()
        assert may_go_on.wait(10)
        return exchange(*given)

    world.oauth.exchange = slow  # pyright: ignore[reportAttributeAccessIssue]
    first = threading.Thread(target=lambda: ends.append(world.arrive(back).end))

    def let_go(_: float) -> None:
        may_go_on.set()
        first.join(10)

    first.start()
    assert entered.wait(10)
    world.clock.sleeper = let_go
    ends.append(world.arrive(back).end)
    assert ends == [End.DONE, End.DONE]
    assert (len(turns(account)), len(lines(world)), len(audited(account))) == (1, 1, 1)


def test_of_two_ways_at_once_the_later_consent_stays(world: ConnectWorld) -> None:
    slow, keep = world.returned(world.asked(READ_TASKS)), world.vault.keep

    def overtaken(*given: Any, **more: Any) -> bool:
        world.vault.keep = keep
        world.clock.advance(seconds=2)
        assert world.arrive(world.returned(world.asked(WRITE_TASKS))).end is End.DONE
        return keep(*given, **more)

    world.vault.keep = overtaken
    assert world.arrive(slow).end is End.DONE
    grant = world.vault.grant(world.owner())
    assert grant is not None
    assert WRITE_TASKS in grant.scopes
    assert world.oauth.user_info(world.vault.access_token(world.owner())).open_id == PERSON


def test_somebody_else_is_not_connected_and_both_are_told(
    world: ConnectWorld, account: MemoryAccount
) -> None:
    arrival = world.arrive(world.returned(world.asked(), open_id=MANAGER))
    assert arrival.end is End.MISMATCH
    assert world.vault.grant(world.owner()) is None
    assert world.vault.grant(world.owner(MANAGER)) is None
    assert turns(account) == []
    ((receiver, line),) = lines(world)
    assert receiver == PERSON
    assert "người khác" in line
    assert MANAGER not in line
    assert audited(account) == [(MANAGER, "connect-refused", f"lark-user#{PERSON}", 1)]
    tokens = world.accounts.grants._refresh.values()
    assert [one.refusal for one in tokens] == [20064]


def test_a_person_who_refuses_loses_nothing(world: ConnectWorld, account: MemoryAccount) -> None:
    request = world.asked()
    assert world.arrive(world.returned(request, answer="refuse")).end is End.DENIED
    assert nothing_is_kept(world, account)
    assert world.arrive(world.returned(request)).end is End.DONE


@pytest.mark.parametrize("error", ["server_error", "é" * 100, "access_denied\n"])
def test_an_error_that_nobody_knows_is_a_failure(world: ConnectWorld, error: str) -> None:
    back = world.returned(world.asked()) | {"error": error}
    assert world.arrive(back).end is End.FAILED


@pytest.mark.parametrize("kind", ["forged", "cut", "empty", "long", "other key", "not begun"])
def test_a_state_that_is_not_ours_is_refused(world: ConnectWorld, account: MemoryAccount, kind: str) -> None:
    request = world.asked()
    back = world.returned(request)
    until = world.clock.now().replace(year=world.clock.now().year + 1)
    state = {
        "forged": back["state"][:-1] + ("A" if back["state"][-1] != "A" else "B"),
        "cut": back["state"].partition(".")[0],
        "empty": "",
        "long": back["state"] + "A" * 4000,
        "other key": new_state(request, "nonce", ["another"], until),
        "not begun": new_state(request, "nonce", world.session_keys, until),
    }[kind]
    assert world.arrive(back | {"state": state}).end is End.INVALID
    assert nothing_is_kept(world, account)
    assert world.arrive(back).end is End.DONE


def test_a_state_holds_for_ten_minutes(world: ConnectWorld, account: MemoryAccount) -> None:
    back = world.returned(world.asked())
    world.clock.advance(minutes=10)
    assert world.arrive(back).end is End.INVALID
    assert nothing_is_kept(world, account)


def test_a_state_comes_back_once(world: ConnectWorld, account: MemoryAccount) -> None:
    back = world.returned(world.asked())
    assert world.arrive(back).end is End.DONE
    calls = len(world.accounts.calls)
    assert world.arrive(back).end is End.INVALID
    assert world.arrive(back | {"code": "another"}).end is End.INVALID
    assert (len(turns(account)), len(lines(world)), len(world.accounts.calls)) == (1, 1, calls)


def test_a_state_that_was_refused_comes_back_once_too(world: ConnectWorld, account: MemoryAccount) -> None:
    back = world.returned(world.asked(), answer="refuse")
    assert world.arrive(back).end is End.DENIED
    assert world.arrive(back | {"error": "", "code": "c"}).end is End.INVALID
    assert nothing_is_kept(world, account)


def test_swapped_states_connect_nobody_to_anybody_else(world: ConnectWorld) -> None:
    mine, yours = world.asked(), world.asked(open_id=MANAGER)
    my_way, your_way = world.returned(mine), world.returned(yours, open_id=MANAGER)
    assert world.arrive(my_way | {"code": your_way["code"]}).end is End.FAILED
    assert world.arrive(your_way | {"code": my_way["code"]}).end is End.FAILED
    assert world.vault.grant(world.owner()) is None
    assert world.vault.grant(world.owner(MANAGER)) is None


@pytest.mark.parametrize("field", ["open_id", "chat_id", "message_id"])
def test_a_state_is_bound_to_its_person_chat_and_message(world: ConnectWorld, field: str) -> None:
    request = world.asked()
    back = world.returned(request)
    world.requests.add(world.changed(request, **{field: MANAGER}))
    assert world.arrive(back).end is End.INVALID


def test_a_state_is_bound_to_its_purpose(world: ConnectWorld) -> None:
    request = world.asked()
    back = world.returned(request)
    world.requests.add(replace(request, purpose="console"))
    assert world.arrive(back).end is End.INVALID


def test_a_key_that_rotates_still_knows_the_states_of_before(world: ConnectWorld) -> None:
    back = world.returned(world.asked())
    world.session_keys = ["new-key", *world.session_keys]
    assert world.arrive(back).end is End.DONE


def test_without_a_session_key_nobody_sets_out(world: ConnectWorld) -> None:
    request = world.asked()
    world.session_keys = []
    with pytest.raises(NotConfiguredError):
        world.authorising.set_out(request)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ("refresh off", "no_refresh_token"),
        ("secret", "bad_app_credential"),
        ("unavailable", "app_unavailable"),
    ],
)
def test_what_the_administrator_has_to_mend_is_told_apart(
    world: ConnectWorld, account: MemoryAccount, trouble: str, reason: str
) -> None:
    back = world.returned(world.asked())
    if trouble == "refresh off":
        world.accounts.grants.refresh_allowed = False
    elif trouble == "secret":
        world.api.accept(["another"])
    else:
        world.accounts.grants.unavailable.add(PERSON)
    arrival = world.arrive(back)
    assert (arrival.end, arrival.reason) == (End.ADMIN, reason)
    assert nothing_is_kept(world, account)


def test_a_scope_that_is_not_switched_on_is_the_administrators(world: ConnectWorld) -> None:
    back = world.returned(world.asked()) | {"code": "", "error": "invalid_scope"}
    arrival = world.arrive(back)
    assert (arrival.end, arrival.reason) == (End.ADMIN, "scope_not_enabled")


@pytest.mark.parametrize("area", ["token", "user-info"])
@pytest.mark.parametrize("kind", ["down", "error_500", "answer_lost"])
def test_when_lark_fails_nothing_is_kept_and_the_link_serves_again(
    world: ConnectWorld, account: MemoryAccount, area: str, kind: Any
) -> None:
    request = world.asked()
    back = world.returned(request)
    world.accounts.faults[area].set(Fault(kind))
    assert world.arrive(back).end is End.FAILED
    assert nothing_is_kept(world, account)
    world.accounts.faults[area].clear()
    assert world.arrive(back).end is End.INVALID
    assert world.arrive(world.returned(request)).end is End.DONE


def test_whose_token_it_is_is_asked_twice(world: ConnectWorld) -> None:
    back = world.returned(world.asked())
    world.accounts.faults["user-info"].set(Fault("error_500", times=1))
    assert world.arrive(back).end is End.DONE


def test_without_a_vault_key_nothing_is_kept_and_lark_takes_the_tokens_back(
    world: ConnectWorld, account: MemoryAccount
) -> None:
    back = world.returned(world.asked())
    world.vault_keys = []
    with pytest.raises(VaultKeyError):
        world.arrive(back)
    assert nothing_is_kept(world, account)
    assert [one.refusal for one in world.accounts.grants._refresh.values()] == [20064]


def test_a_person_whom_the_bot_cannot_write_to_is_connected_all_the_same(
    world: ConnectWorld, account: MemoryAccount
) -> None:
    back = world.returned(world.asked())
    world.api.messages.faults.set(Fault("error_code", 230013))
    assert world.arrive(back).end is End.DONE
    assert len(turns(account)) == 1
    assert world.arrive(back).end is End.INVALID


def test_what_could_not_be_told_is_told_when_the_address_is_opened_again(
    world: ConnectWorld, account: MemoryAccount
) -> None:
    back = world.returned(world.asked())
    world.api.messages.faults.set(Fault("down", times=1))
    assert world.arrive(back).end is End.DONE
    assert lines(world) == []
    world.restart()
    assert world.arrive(back).end is End.DONE
    assert (len(turns(account)), len(lines(world))) == (1, 1)
    assert world.arrive(back).end is End.INVALID


def test_no_log_line_has_a_token_or_a_code(world: ConnectWorld) -> None:
    with captured() as output:
        back = world.returned(world.asked(), open_id=MANAGER)
        world.arrive(back)
        other = world.returned(world.asked())
        world.arrive(other)
        world.arrive(other)
    tokens = [*world.accounts.grants._refresh, *world.api.tokens.user_tokens._tokens]
    assert len(tokens) == 4
    assert [one for one in (back["code"], other["code"], back["state"], *tokens) if one in output.text] == []
    reasons = [line["reason"] for line in output.logged("state refused")]
    assert reasons == ["the state has come back before"]


def test_a_request_is_only_read_when_its_page_is_opened(world: ConnectWorld, account: MemoryAccount) -> None:
    request = world.asked()
    before = account.dynamo.items("ConnectRequestsTable")
    for _ in range(3):
        world.requests.get(request.request_id, world.clock.now())
    assert account.dynamo.items("ConnectRequestsTable") == before


def test_a_record_that_may_be_written_is_written_once(world: ConnectWorld, account: MemoryAccount) -> None:
    back = world.returned(world.asked())
    with answers_lost("dynamodb", "PutItem"):
        assert world.arrive(back).end is End.DONE
    assert (turns(account), lines(world)) == ([], [])
    assert world.arrive(back).end is End.DONE
    assert (len(turns(account)), len(lines(world)), len(audited(account))) == (1, 1, 1)
