"""The command that connects a person from a laptop."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from larkbridge.lark.api_error import LarkApiError
from larkbridge.store.audit_entries import AuditStore
from larkbridge.vault.refusals import VaultKeyError
from sandbox.faults import Fault
from tests.support.connecting import ConnectWorld
from tests.support.lark_accounts import MANAGER, PERSON, READ_TASKS, opened, press
from tests.support.memory_dynamo.aws import MemoryAccount
from tools.connect import Connect, NotConnectedError, variables_of


class Laptop:
    """Somebody at a terminal, and somebody who presses on Lark's page after so many seconds."""

    def __init__(self, environ: dict[str, str]) -> None:
        self.world = ConnectWorld(environ)
        self.said: list[str] = []
        self.waits: list[float] = []
        self.presses: list[tuple[float, Callable[[], object]]] = []
        self.world.clock.sleeper = self._sleep
        audit = AuditStore(environ["AUDIT_TABLE"])
        self.command = Connect(self.world.oauth, self.world.vault, audit, self.world.clock, self.said.append)

    def press(self, after: float, open_id: str = PERSON, answer: str = "agree") -> None:
        def act() -> None:
            link = next(word for word in self.said[0].split() if word.startswith("http"))
            press(self.world.router, opened(self.world.router, link), open_id, answer)

        self.presses.append((after, act))

    def _sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.world.clock.move_to(self.world.clock.now() + timedelta(seconds=seconds))
        due = [act for after, act in self.presses if after <= sum(self.waits)]
        self.presses = [one for one in self.presses if one[1] not in due]
        for act in due:
            act()


@pytest.fixture
def laptop(environ: dict[str, str]) -> Laptop:
    return Laptop(environ)


def test_whoever_agrees_is_connected_and_recorded(laptop: Laptop, account: MemoryAccount) -> None:
    laptop.press(12)
    who = laptop.command.connect([READ_TASKS])
    assert (who.open_id, who.name) == (PERSON, "Nguyễn Văn An")
    assert laptop.waits == [5, 5, 5]
    grant = laptop.world.vault.grant(laptop.world.owner())
    assert grant is not None
    assert (grant.scopes, grant.user_id) == (("offline_access", READ_TASKS), "an01")
    assert laptop.world.oauth.user_info(laptop.world.vault.access_token(laptop.world.owner())) == who
    assert len(account.dynamo.items("AuditTable")) == 1


def test_nothing_secret_is_said(laptop: Laptop) -> None:
    laptop.press(1)
    laptop.command.connect([READ_TASKS])
    (line,) = laptop.said
    assert "user_code=" in line
    devices = laptop.world.accounts.devices._devices
    assert [code for code in devices if code in line] == []


def test_only_the_person_who_was_meant_is_connected(laptop: Laptop, account: MemoryAccount) -> None:
    laptop.press(1, open_id=MANAGER)
    with pytest.raises(NotConnectedError, match="somebody else"):
        laptop.command.connect([READ_TASKS], PERSON)
    assert account.dynamo.items("TokensTable") == account.dynamo.items("AuditTable") == []
    assert taken_back(laptop)
    laptop.said.clear()
    laptop.press(sum(laptop.waits) + 1)
    assert laptop.command.connect([READ_TASKS], PERSON).open_id == PERSON


def test_whoever_refuses_is_not_connected(laptop: Laptop, account: MemoryAccount) -> None:
    laptop.press(1, answer="refuse")
    with pytest.raises(NotConnectedError, match="has not agreed"):
        laptop.command.connect([READ_TASKS])
    assert account.dynamo.items("TokensTable") == []


def test_nobody_waits_for_ever(laptop: Laptop) -> None:
    with pytest.raises(NotConnectedError, match=r"begin again|in time"):
        laptop.command.connect([READ_TASKS])
    assert sum(laptop.waits) <= 245


def test_it_asks_less_often_when_lark_says_so(laptop: Laptop) -> None:
    laptop.world.accounts.devices.begin = _impatient(laptop)  # pyright: ignore[reportAttributeAccessIssue]
    laptop.press(20)
    laptop.command.connect([READ_TASKS])
    assert laptop.waits[:3] == [2, 2, 7]


def _impatient(laptop: Laptop) -> Callable[..., dict]:
    begin = laptop.world.accounts.devices.begin

    def answer(*given: object) -> dict:
        return begin(*given) | {"interval": 2}  # pyright: ignore[reportArgumentType]

    return answer


@pytest.mark.parametrize("kind", ["down", "error_500"])
def test_trouble_on_the_way_is_no_answer(laptop: Laptop, kind: str) -> None:
    laptop.world.accounts.faults["token"].set(Fault(kind, times=3))  # pyright: ignore[reportArgumentType]
    laptop.press(1)
    assert laptop.command.connect([READ_TASKS]).open_id == PERSON


def test_a_scope_that_is_not_switched_on_is_said_at_once(laptop: Laptop) -> None:
    laptop.world.api.tokens.user_tokens.app_scopes.discard(READ_TASKS)
    with pytest.raises(LarkApiError) as caught:
        laptop.command.connect([READ_TASKS])
    assert caught.value.outcome.reason == "scope_not_enabled"
    assert laptop.said == []


def test_without_a_vault_key_nobody_is_connected(laptop: Laptop) -> None:
    laptop.world.vault_keys = []
    laptop.press(1)
    with pytest.raises(VaultKeyError):
        laptop.command.connect([READ_TASKS])
    assert taken_back(laptop)


def test_when_lark_does_not_say_who_agreed_nobody_is_connected(
    laptop: Laptop, account: MemoryAccount
) -> None:
    laptop.world.api.faults["accounts/user-info"].set(Fault("error_500"))
    laptop.press(1)
    with pytest.raises(LarkApiError):
        laptop.command.connect([READ_TASKS])
    assert account.dynamo.items("TokensTable") == []
    assert taken_back(laptop)


def test_tokens_that_lark_does_not_take_back_are_said(laptop: Laptop) -> None:
    laptop.world.accounts.faults["revoke"].set(Fault("down"))
    laptop.press(1, open_id=MANAGER)
    with pytest.raises(NotConnectedError, match="somebody else"):
        laptop.command.connect([READ_TASKS], PERSON)
    assert "could not be taken back" in laptop.said[-1]


def taken_back(laptop: Laptop) -> bool:
    """Return whether Lark takes none of the tokens any more."""
    return {one.refusal for one in laptop.world.accounts.grants._refresh.values()} == {20064}


def test_a_stack_says_its_settings_itself() -> None:
    class Formation:
        def describe_stack_resource(self, **asked: str) -> dict[str, dict[str, str]]:
            assert asked == {"StackName": "larkbridge-x", "LogicalResourceId": "AuthorizeUserFunction"}
            return {"StackResourceDetail": {"PhysicalResourceId": "larkbridge-x-Authorize"}}

    class Functions:
        def get_function_configuration(self, **asked: str) -> dict[str, dict[str, dict[str, str]]]:
            assert asked == {"FunctionName": "larkbridge-x-Authorize"}
            return {"Environment": {"Variables": {"LARK_APP_ID": "cli_x"}}}

    found = variables_of("larkbridge-x", formation=Formation(), functions=Functions())
    assert found == {"LARK_APP_ID": "cli_x"}
