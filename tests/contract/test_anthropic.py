"""The simulated Messages API, called by Anthropic's own library."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.anthropic_api import MESSAGES_PATH, NO_SCRIPT, AnthropicApi
from sandbox.routing import Router
from sandbox.server import SandboxServer
from tests.support.clock import SimulatedClock

KEY = "sk-ant-local"
MODEL = "claude-sonnet-5-5"
TOOL = {"name": "now", "description": "The time.", "input_schema": {"type": "object", "properties": {}}}
QUESTION = [{"role": "user", "content": "Mấy giờ rồi?"}]
CALL = {"type": "tool_use", "id": "toolu_1", "name": "now", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "09:00"}


@pytest.fixture(scope="module")
def library() -> Any:
    import anthropic

    return anthropic


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def api(clock: SimulatedClock) -> AnthropicApi:
    return AnthropicApi(clock.timestamp, [KEY])


@pytest.fixture
def url(api: AnthropicApi) -> Iterator[str]:
    with SandboxServer("127.0.0.1", 0, Router(api.routes())).running() as url:
        yield url


@pytest.fixture
def client(library: Any, url: str) -> Iterator[Any]:
    with library.Anthropic(api_key=KEY, base_url=url, max_retries=0, timeout=5) as client:
        yield client


def ask(client: Any, messages: Any = QUESTION, **more: Any) -> Any:
    return client.messages.create(model=MODEL, max_tokens=100, messages=messages, tools=[TOOL], **more)


def test_an_answer_in_words(api: AnthropicApi, client: Any) -> None:
    api.write({"when": "mấy giờ", "says": "Chín giờ."})

    message = ask(client)

    assert [block.text for block in message.content] == ["Chín giờ."]
    assert (message.stop_reason, message.role, message.model) == ("end_turn", "assistant", MODEL)
    assert message.usage.output_tokens > 0
    assert message._request_id.startswith("req_")


def test_several_calls_in_one_turn_go_back_with_their_results(api: AnthropicApi, client: Any) -> None:
    api.write(
        {
            "round": 0,
            "says": "Để tôi xem.",
            "calls": [{"name": "now", "input": {}}, {"name": "now", "input": {"a": 1}}],
        },
        {"round": 1, "says": "Chín giờ."},
    )
    first = ask(client)
    results = [
        {"type": "tool_result", "tool_use_id": block.id, "content": "09:00"}
        for block in first.content
        if block.type == "tool_use"
    ]

    second = ask(client, [*QUESTION, first.to_param(), {"role": "user", "content": results}])

    assert [block.type for block in first.content] == ["text", "tool_use", "tool_use"]
    assert first.stop_reason == "tool_use"
    assert second.content[0].text == "Chín giờ."


def test_a_call_that_is_cut_off_has_lost_its_last_field(api: AnthropicApi, client: Any) -> None:
    api.write({"calls": [{"name": "now", "input": {"from": "a", "to": "b"}}], "stops": "max_tokens"})

    message = ask(client)

    assert (message.stop_reason, message.content[0].input) == ("max_tokens", {"from": "a"})


def test_a_refusal_has_its_details_and_may_say_nothing(api: AnthropicApi, client: Any) -> None:
    api.write({"refuses": {"category": "cyber", "explanation": "No."}})

    message = ask(client)

    assert (message.stop_reason, message.content) == ("refusal", [])
    assert (message.stop_details.category, message.stop_details.explanation) == ("cyber", "No.")


def test_a_pause_goes_on_with_the_answer_sent_back(api: AnthropicApi, client: Any) -> None:
    api.write({"says": "Tôi đang", "stops": "pause_turn"}, {"says": "xem."})

    paused = ask(client)
    message = ask(client, [*QUESTION, paused.to_param()])

    assert (paused.stop_reason, message.stop_reason) == ("pause_turn", "end_turn")


@pytest.mark.parametrize(
    ("kind", "error", "status"),
    [
        ("overloaded_error", "OverloadedError", 529),
        ("rate_limit_error", "RateLimitError", 429),
        ("api_error", "InternalServerError", 500),
        ("permission_error", "PermissionDeniedError", 403),
    ],
)
def test_an_error_is_the_librarys_own(
    api: AnthropicApi, client: Any, library: Any, kind: str, error: str, status: int
) -> None:
    api.write({"error": kind, "retryAfter": 7})

    with pytest.raises(getattr(library, error)) as raised:
        ask(client)

    assert (raised.value.status_code, raised.value.type) == (status, kind)
    assert raised.value.response.headers["retry-after"] == "7"


@pytest.mark.parametrize("place", ["before", "middle"])
def test_a_connection_that_breaks_is_a_connection_error(
    api: AnthropicApi, client: Any, library: Any, place: str
) -> None:
    api.write({"says": "Chín giờ." * 100, "drops": place})

    with pytest.raises(library.APIConnectionError):
        ask(client)


def test_the_library_tries_again_by_itself(api: AnthropicApi, library: Any, url: str) -> None:
    api.write({"error": "overloaded_error", "retryAfter": 0.01}, {"says": "Chín giờ."})

    with library.Anthropic(api_key=KEY, base_url=url) as client:
        assert ask(client).content[0].text == "Chín giờ."


def test_a_slow_answer_is_a_timeout(api: AnthropicApi, client: Any, library: Any) -> None:
    api.write({"says": "Chín giờ.", "delaySeconds": 3})

    with pytest.raises(library.APITimeoutError):
        ask(client, timeout=0.2)


def test_a_prefix_is_cached_for_five_minutes(api: AnthropicApi, client: Any, clock: SimulatedClock) -> None:
    api.write({"says": "Chín giờ.", "times": 0})
    system = [{"type": "text", "text": "Rules. " * 50, "cache_control": {"type": "ephemeral"}}]

    first, second = ask(client, system=system).usage, ask(client, system=system).usage
    clock.advance(seconds=301)
    third = ask(client, system=system).usage

    assert first.cache_creation_input_tokens == second.cache_read_input_tokens > 0
    assert (first.cache_read_input_tokens, third.cache_read_input_tokens) == (0, 0)


@pytest.mark.parametrize("key", ["another", ""])
def test_a_wrong_key_is_refused(library: Any, url: str, key: str) -> None:
    answer = httpx.post(f"{url}{MESSAGES_PATH}", json={}, headers={"x-api-key": key}, trust_env=False)

    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "authentication_error")


@pytest.mark.parametrize("headers", [{"x-api-key": KEY}, {"Authorization": f"Bearer {KEY}"}])
@pytest.mark.parametrize(("version", "status"), [("2023-06-01", 200), ("2026-10-21", 200), ("", 400)])
def test_both_ways_to_send_a_key_and_both_versions(
    api: AnthropicApi, url: str, headers: dict[str, str], version: str, status: int
) -> None:
    api.write({"says": "Chín giờ."})
    body = {"model": MODEL, "max_tokens": 10, "messages": QUESTION}

    answer = httpx.post(
        f"{url}{MESSAGES_PATH}", json=body, headers=headers | {"anthropic-version": version}, trust_env=False
    )

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        ([], "at least one message"),
        ([{"role": "assistant", "content": "Chín giờ."}], "first message"),
        ([{"role": "user", "content": " "}], "non-whitespace"),
        ([{"role": "user", "content": []}], "non-empty"),
        ([*QUESTION, {"role": "assistant", "content": "Bây giờ"}], "prefill"),
        ([*QUESTION, {"role": "assistant", "content": [CALL]}], "without `tool_result`"),
        (
            [*QUESTION, {"role": "assistant", "content": [CALL]}, {"role": "user", "content": "Nhanh lên"}],
            "without `tool_result`",
        ),
        ([{"role": "user", "content": [RESULT]}], "unexpected `tool_use_id`"),
        (
            [
                *QUESTION,
                {"role": "assistant", "content": [CALL]},
                {"role": "user", "content": [{"type": "text", "text": "Đây"}, RESULT]},
            ],
            "without `tool_result`",
        ),
        (
            [
                *QUESTION,
                {"role": "assistant", "content": [CALL, CALL]},
                {"role": "user", "content": [RESULT, RESULT]},
            ],
            "unique",
        ),
    ],
)
def test_a_history_that_the_api_refuses(
    api: AnthropicApi, client: Any, library: Any, messages: Any, why: str
) -> None:
    with pytest.raises(library.BadRequestError, match=why):
        ask(client, messages)

    assert api.requests == []


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k", "surprise"])
def test_an_option_that_the_newest_version_has_not(client: Any, library: Any, name: str) -> None:
    with pytest.raises(library.BadRequestError, match=name):
        ask(client, extra_body={name: 1})


def test_calls_in_a_history_need_tools(client: Any, library: Any) -> None:
    messages: Any = [
        *QUESTION,
        {"role": "assistant", "content": [CALL]},
        {"role": "user", "content": [RESULT]},
    ]

    with pytest.raises(library.BadRequestError, match="must define tools"):
        client.messages.create(model=MODEL, max_tokens=100, messages=messages)


def test_without_a_script_it_says_what_it_is(client: Any) -> None:
    assert ask(client).content[0].text == NO_SCRIPT


def test_what_no_line_fits_is_an_error_that_is_not_tried_again(
    api: AnthropicApi, client: Any, library: Any
) -> None:
    api.write({"when": "lịch", "says": "Không có."})

    with pytest.raises(library.NotFoundError):
        ask(client)
