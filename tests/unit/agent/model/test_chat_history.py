"""Whatever is remembered, the model's API takes it."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from larkbridge.agent.memory import Entry, from_stored, repaired, to_store
from larkbridge.agent.model.chat_history import (
    answered,
    asked,
    called,
    messages_of,
    questions,
    returned,
    without_event,
)
from sandbox.anthropic_checks import VERSIONS, check_request

TEXTS = st.text(min_size=1, max_size=20).filter(str.strip)
TOOLS = [{"name": "seats", "input_schema": {"type": "object"}}]


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    """Draw exchanges, some of them cut off or without a part."""
    found: list[Entry] = []
    for number in range(draw(st.integers(0, 4))):
        exchange = [asked(draw(TEXTS), f"event-{number}")]
        for round_number in range(draw(st.integers(0, 2))):
            ids = [f"toolu_{number}_{round_number}_{one}" for one in range(draw(st.integers(1, 3)))]
            exchange += [called(one, "seats", {"name": draw(TEXTS)}) for one in ids]
            exchange += [returned(one, draw(TEXTS), failed=draw(st.booleans())) for one in ids]
        exchange.append(answered(draw(TEXTS)))
        left_out = draw(st.integers(0, 2 * len(exchange)))
        found += exchange[:left_out] + exchange[left_out + 1 :]
    return found


@settings(suppress_health_check=[HealthCheck.too_slow])  # of a loaded machine
@given(entries())
def test_any_history_is_one_that_the_api_takes(history: list[Entry]) -> None:
    stored = from_stored(to_store(history), "event")
    messages = [*messages_of(stored), {"role": "user", "content": "Còn gì nữa?"}]
    request = {"model": "claude-sonnet-5-5", "max_tokens": 1, "messages": messages, "tools": TOOLS}

    check_request(request, VERSIONS[-1])

    assert stored == repaired(history)


def test_an_exchange_is_taken_out_whole() -> None:
    kept = [asked("Một?", "e1"), answered("Một.")]
    gone = [
        asked("Hai?", "e2"),
        called("c1", "seats", {}),
        returned("c1", "2", failed=False),
        answered("Hai."),
    ]
    more = [asked("Ba?", "e3"), answered("Ba.")]

    assert without_event([*kept, *gone, *more], "e2") == [*kept, *more]
    assert questions([*kept, *gone]) == ["Một?", "Hai?"]
