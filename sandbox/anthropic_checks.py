"""What Anthropic's Messages API refuses.

Documented (API reference, versioning and migration guide), and so here: required fields, version 2026-10-21
without sampling parameters, tools' names, cache breakpoints, the order of roles, calls and results. Texts are
those that users of the API quote; the library's users are told to branch on the type alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

VERSIONS = ("2023-06-01", "2026-10-21")
REMOVED = ("temperature", "top_p", "top_k")
"""Refused by version 2026-10-21, whatever they say."""
MAX_BREAKPOINTS = 4

_REQUIRED = ("model", "max_tokens", "messages")
_OPTIONS = """cache_control container diagnostics inference_geo metadata output_config service_tier speed
stop_sequences stream system thinking tool_choice tools"""
_EFFORTS = ("low", "medium", "high", "xhigh", "max")
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_ID = re.compile(r"[a-zA-Z0-9_-]+")

type Message = Mapping[str, Any]
type Block = Mapping[str, Any]


class RefusedRequestError(Exception):
    """The API answers 400 `invalid_request_error`; the text says why."""


def check_request(document: Mapping[str, Any], version: str) -> None:
    """Raise `RefusedRequestError` for what the API would refuse."""
    _check_names(document, version)
    if type(document["max_tokens"]) is not int or document["max_tokens"] < 0:
        raise RefusedRequestError("max_tokens: Input should be a valid integer")
    effort = (document.get("output_config") or {}).get("effort")
    if effort is not None and effort not in _EFFORTS:
        raise RefusedRequestError(f"output_config.effort: Input should be one of {', '.join(_EFFORTS)}")
    _check_tools(document.get("tools") or [])
    _check_messages(document["messages"], has_tools=bool(document.get("tools")))
    if sum(1 for _ in breakpoints(document)) > MAX_BREAKPOINTS:
        raise RefusedRequestError(
            f"A maximum of {MAX_BREAKPOINTS} blocks with cache_control may be provided."
        )


def _check_names(document: Mapping[str, Any], version: str) -> None:
    for name in document.keys() - {*_REQUIRED, *_OPTIONS.split(), *REMOVED}:
        raise RefusedRequestError(f"{name}: Extra inputs are not permitted")
    for name in _REQUIRED:
        if name not in document:
            raise RefusedRequestError(f"{name}: Field required")
    for name in () if version == VERSIONS[0] else REMOVED:
        if name in document:
            raise RefusedRequestError(f"{name}: this parameter is not supported in version {version}")


def blocks_of(content: Any) -> list[Block]:
    """Return the blocks of a message or of a system prompt, where a text stands for one."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return content if isinstance(content, list) else []


def breakpoints(document: Mapping[str, Any]) -> Iterator[Block]:
    """Yield every block that ends a prefix to be cached."""
    messages = [block for message in document["messages"] for block in blocks_of(message["content"])]
    for block in (*(document.get("tools") or []), *blocks_of(document.get("system")), *messages):
        if block.get("cache_control"):
            yield block


def _check_tools(tools: Sequence[Mapping[str, Any]]) -> None:
    names = [str(tool.get("name", "")) for tool in tools]
    for number, tool in enumerate(tools):
        if not _TOOL_NAME.fullmatch(names[number]):
            raise RefusedRequestError(
                f"tools.{number}.name: String should match pattern '{_TOOL_NAME.pattern}'"
            )
        if (tool.get("input_schema") or {}).get("type") != "object":
            raise RefusedRequestError(f"tools.{number}.input_schema.type: Input should be 'object'")
    if len({*names}) < len(names):
        raise RefusedRequestError("tools: Tool names must be unique.")


def _check_messages(messages: Any, *, has_tools: bool) -> None:
    if not isinstance(messages, list) or not messages:
        raise RefusedRequestError("messages: at least one message is required")
    for number, message in enumerate(messages):
        if message.get("role") not in ("user", "assistant"):
            raise RefusedRequestError(f"messages.{number}.role: Input should be 'user' or 'assistant'")
        _check_blocks(number, message, has_tools=has_tools)
    turns = _turns(messages)
    if turns[0][0] != "user":
        raise RefusedRequestError('messages: first message must use the "user" role')
    _check_calls(turns)
    if turns[-1][0] == "assistant" and not _is_paused(turns[-1][1]):
        raise RefusedRequestError("This model does not support assistant message prefill.")


def _is_paused(blocks: Sequence[Block]) -> bool:
    """Tell whether an assistant's last turn may be one of `pause_turn`, which is sent back as it is."""
    return any(block.get("type") == "server_tool_use" for block in blocks)


def _turns(messages: Sequence[Message]) -> list[tuple[str, list[Block]]]:
    """Return the messages as the API joins them: those of one role that follow one another are one."""
    return [
        (role, [block for message in group for block in blocks_of(message["content"])])
        for role, group in groupby(messages, key=lambda message: message["role"])
    ]


def _check_blocks(number: int, message: Message, *, has_tools: bool) -> None:
    blocks = blocks_of(message.get("content"))
    if not blocks or message["content"] == "":
        raise RefusedRequestError(f"messages.{number}: all messages must have non-empty content")
    for place, block in enumerate(blocks):
        where = f"messages.{number}.content.{place}"
        match block.get("type"):
            case "text":
                if not str(block.get("text", "")).strip():
                    raise RefusedRequestError(
                        "messages: text content blocks must contain non-whitespace text"
                    )
            case "tool_use" | "tool_result" as kind:
                if not has_tools:
                    raise RefusedRequestError(f"{where}: requests with {kind} blocks must define tools")
                _check_call_block(where, block, message["role"])
            case "thinking" | "redacted_thinking" | "server_tool_use" if message["role"] == "assistant":
                pass
            case kind:
                raise RefusedRequestError(f"{where}: Input tag '{kind}' is not expected here")


def _check_call_block(where: str, block: Block, role: str) -> None:
    is_call = block["type"] == "tool_use"
    if is_call != (role == "assistant"):
        raise RefusedRequestError(f"{where}: `{block['type']}` blocks are not allowed in {role} messages")
    if not _ID.fullmatch(str(block.get("id" if is_call else "tool_use_id", ""))):
        raise RefusedRequestError(f"{where}: String should match pattern '{_ID.pattern}'")
    if is_call and not isinstance(block.get("input"), dict):
        raise RefusedRequestError(f"{where}.tool_use.input: Input should be a valid dictionary")


def _check_calls(turns: Sequence[tuple[str, Sequence[Block]]]) -> None:
    """Check that each call's one result is the first thing after it, and each result's call right before."""
    seen = set[str]()
    waiting: list[str] = []
    for role, blocks in turns:
        if role == "assistant":
            waiting = [block["id"] for block in blocks if block["type"] == "tool_use"]
            for call_id in waiting:
                if call_id in seen or waiting.count(call_id) > 1:
                    raise RefusedRequestError("messages: `tool_use` ids must be unique")
            seen.update(waiting)
            continue
        _check_results(waiting, blocks)
        waiting = []
    if waiting:
        raise RefusedRequestError(_without_results(waiting))


def _check_results(waiting: Sequence[str], blocks: Sequence[Block]) -> None:
    results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
    for result in results:
        if result not in waiting or results.count(result) > 1:
            raise RefusedRequestError(f"unexpected `tool_use_id` found in `tool_result` blocks: {result}")
    first = [block.get("tool_use_id") for block in blocks[: len(results)]]
    missing = [call_id for call_id in waiting if call_id not in first]
    if missing:
        raise RefusedRequestError(_without_results(missing))


def _without_results(call_ids: Sequence[str]) -> str:
    return (
        "`tool_use` ids were found without `tool_result` blocks immediately after: "
        f"{', '.join(call_ids)}. Each `tool_use` block must have a corresponding `tool_result` block."
    )
