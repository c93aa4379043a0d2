"""People connect, look how they stand, and disconnect; what is personal is private."""

from datetime import timedelta

import pytest

from larkbridge import __version__
from larkbridge.agent.chat_texts import EN, VI
from larkbridge.agent.protocols import Answer
from larkbridge.agent.responder import SCOPES
from larkbridge.errors import AwsUnavailableError, NotConfiguredError
from larkbridge.routes import Scope
from larkbridge.store.codec import from_item
from tests.support.agent_world import LINK, ME, AgentWorld
from tests.support.chat_turns import chosen, said, said_in_group
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.vault import SERVER_ERROR, refusal


@pytest.fixture
def agent(environ: dict[str, str]) -> AgentWorld:
    return AgentWorld(environ)


def test_a_link_is_private_and_asks_for_as_little_as_possible(agent: AgentWorld) -> None:
    turn = said_in_group("/kết nối")
    answer = agent.answer(turn)
    assert answer.private
    assert LINK in answer.text
    assert agent.connecting.asked == [(turn, SCOPES)]
    assert agent.answer(chosen("connect")) == answer


def test_connecting_that_is_not_configured_is_told(agent: AgentWorld) -> None:
    agent.connecting.error = NotConfiguredError("no redirect")
    assert agent.answer(said("/connect")) == Answer(EN.connect_unavailable)


def test_trouble_with_a_link_is_for_the_queue(agent: AgentWorld) -> None:
    agent.connecting.error = AwsUnavailableError("no")
    with pytest.raises(AwsUnavailableError):
        agent.responder.respond(said("/connect"))


def test_whoever_is_connected_now_is_not_asked_again(agent: AgentWorld) -> None:
    assert agent.responder.respond(said("/connect", resumed="connected")) is None
    assert agent.connecting.asked == []


def test_status_of_nobody(agent: AgentWorld) -> None:
    answer = agent.answer(said("/trạng thái"))
    version = VI.version.format(version=__version__)
    lines = [VI.not_connected, VI.staff_may_nothing, VI.model_status, version]
    assert answer == Answer("\n".join(lines), private=True)


def test_status_says_since_when_until_when_and_what_for(agent: AgentWorld) -> None:
    agent.vaults.connect(ME)
    text = agent.answer(said_in_group("/trạng thái")).text
    now = agent.vaults.clock.now() + timedelta(hours=7)
    until = now + timedelta(days=7)
    assert f"đã kết nối từ {now:%H:%M, %d/%m/%Y}" in text
    assert f"đến {until:%H:%M, %d/%m/%Y}" in text
    assert "xem danh sách lịch" in text
    assert "offline_access" not in text


def test_status_says_why_a_person_has_to_connect_again(agent: AgentWorld) -> None:
    agent.vaults.connect(ME)
    agent.vaults.clock.advance(days=8)
    assert VI.reasons["refresh_token_expired"] in agent.answer(said("/trạng thái")).text
    assert EN.reasons["refresh_token_expired"] in agent.answer(said("/status")).text


def test_a_reason_of_larks_own_is_told_in_words(agent: AgentWorld) -> None:
    agent.vaults.connect(ME)
    agent.vaults.expire()
    agent.vaults.grants.before.append(refusal(20064, "refresh_token_invalid"))
    with pytest.raises(Exception, match="connected again"):
        agent.vaults.vault.access_token(ME)
    text = agent.answer(said("/trạng thái")).text
    assert VI.other_reason in text
    assert "refresh_token_invalid" not in text


def test_disconnecting_deletes_and_revokes(agent: AgentWorld) -> None:
    agent.vaults.connect(ME)
    assert agent.answer(said_in_group("/ngắt kết nối")) == Answer(VI.disconnected, private=True)
    assert agent.vaults.vault.grant(ME) is None
    assert len(agent.vaults.grants.revoked) == 1
    later = said("/disconnect", sent_at="2026-09-01T02:05:00.000Z")
    assert agent.answer(later) == Answer(EN.was_not_connected, private=True)


def test_a_disconnection_is_recorded_once_however_often_its_turn_comes(
    agent: AgentWorld, account: MemoryAccount
) -> None:
    agent.vaults.connect(ME)
    turn = said("/disconnect")
    for _ in range(2):
        assert agent.answer(turn).text == EN.disconnected
    (line,) = map(from_item, account.dynamo.items("AuditTable"))
    assert (line["who"], line["what"], line["subject"], line["at"]) == (
        ME.id,
        "disconnect",
        ME.key,
        turn.sent_at,
    )


def test_the_status_says_what_the_person_may_do_here(agent: AgentWorld) -> None:
    assert EN.staff_may_nothing in agent.answer(said("/status")).text
    agent.scopes = frozenset({Scope.RETRY, Scope.READ})
    assert "see the centre's data, send again what failed" in agent.answer(said("/status")).text
    assert "xem dữ liệu của trung tâm, gửi lại" in agent.answer(said("/trạng thái")).text


def test_disconnecting_says_when_lark_did_not_confirm(agent: AgentWorld) -> None:
    agent.vaults.connect(ME)
    agent.vaults.grants.revoking.append(SERVER_ERROR)
    turn = said("/disconnect")
    for _ in range(2):
        assert agent.answer(turn) == Answer(EN.disconnected_here_only, private=True)
    assert agent.vaults.vault.grant(ME) is None


def test_who_was_not_connected_hears_so_however_often_the_turn_comes(agent: AgentWorld) -> None:
    turn = said("/disconnect")
    for _ in range(2):
        assert agent.answer(turn).text == EN.was_not_connected
