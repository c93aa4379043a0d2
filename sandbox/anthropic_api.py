"""Anthropic's Messages API, answered by a script.

Documented (API reference, errors, prompt caching), and so here: a key as `x-api-key` or as bearer token, the
version's header, error types and their statuses, a `request-id` on every answer, usage with what a cache of
five minutes gives and takes. Assumed: four characters are a token, and every model has every option. Answers
come whole: nothing here is streamed.
"""

import json
import secrets as tokens
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from threading import Lock
from typing import Any

from sandbox.anthropic_checks import VERSIONS, RefusedRequestError, blocks_of, breakpoints, check_request
from sandbox.anthropic_script import Line, Script
from sandbox.credentials import matches
from sandbox.faults import Fault, FaultSwitch, fault_routes
from sandbox.records import record_routes
from sandbox.routing import FieldError, Reply, Request, Route, json_reply

MESSAGES_PATH = "/v1/messages"
ANTHROPIC_CONTROL = "/_sandbox/anthropic"
CACHE_SECONDS = 300
NO_SCRIPT = "Đây là mô hình giả lập của sandbox; nó chưa có kịch bản nên không trả lời được câu hỏi nào."
STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "conflict_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """A request that arrived, and the status it was answered with."""

    time: float
    body: dict[str, Any]
    status: int


class AnthropicApi:
    """Answers as scripted, without a script that there is none; what no line fits gets `not_found_error`.

    Attributes
    ----------
    requests
        Every request that arrived with a good key, oldest first.
    script
        What it answers.
    faults
        What goes wrong at it.
    """

    def __init__(self, now: Callable[[], float], api_keys: Collection[str]) -> None:
        self.requests: list[ModelRequest] = []
        self.script = Script()
        self.faults = FaultSwitch()
        self._now = now
        self._cached: dict[str, float] = {}
        self._lock = Lock()
        self.accept(api_keys)

    def accept(self, api_keys: Collection[str]) -> None:
        """Take these API keys from now on."""
        self._api_keys = {*api_keys}

    def write(self, *lines: Mapping[str, Any]) -> None:
        """Add lines to the script, see `sandbox.anthropic_script`."""
        with self._lock:
            self.script.lines += map(Line.read, lines)

    def routes(self) -> list[Route]:
        """Return the API and its control routes: ``script`` (GET, POST lines, DELETE), requests, fault."""
        script = f"{ANTHROPIC_CONTROL}/script"
        return [
            Route("POST", MESSAGES_PATH, self._receive),
            Route("POST", script, self._add_lines),
            *record_routes(script, lambda _: self.script.lines),
            *record_routes(f"{ANTHROPIC_CONTROL}/requests", lambda _: self.requests),
            *fault_routes(ANTHROPIC_CONTROL, lambda _: self.faults),
        ]

    def _add_lines(self, request: Request) -> Reply:
        lines = request.json_object().get("lines")
        if not isinstance(lines, list):
            raise FieldError("lines", "must be a list")
        self.write(*lines)
        return Reply(204)

    def _receive(self, request: Request) -> Reply:
        def process(fault: Fault | None) -> Reply:
            if fault is not None and fault.kind == "error_500":
                return _error("api_error", "Internal server error")
            if fault is not None and fault.kind == "error_code":
                kinds = {status: kind for kind, status in STATUSES.items()}
                return _error(kinds.get(fault.code or 0, "api_error"), "A fault of the sandbox's")
            with self._lock:
                return self._answer(request)

        return self.faults.answer(request.on_arrival, process)

    def _answer(self, request: Request) -> Reply:
        key = request.header("x-api-key") or request.header("Authorization").removeprefix("Bearer ")
        if not matches(key, self._api_keys):
            return _error("authentication_error", "invalid x-api-key")
        version = request.header("anthropic-version")
        if version not in VERSIONS:
            return _error("invalid_request_error", f"anthropic-version: '{version}' is not a valid version")
        try:
            document = json.loads(request.body)
            check_request(document, version)
        except (ValueError, RefusedRequestError) as error:
            return _error("invalid_request_error", str(error))
        reply = self._scripted(document)
        self.requests.append(ModelRequest(self._now(), document, reply.status))
        return reply

    def _scripted(self, document: Mapping[str, Any]) -> Reply:
        line = (
            self.script.take(*_question(document["messages"])) if self.script.lines else Line(says=NO_SCRIPT)
        )
        if line is None:
            return _error("not_found_error", "The script has no line for this request.")
        if line.error:
            headers = {} if line.retry_after is None else {"retry-after": f"{line.retry_after:g}"}
            return _error(line.error, "As the script says.", headers)
        body = json.dumps(self._message(document, line), ensure_ascii=False).encode()
        return Reply(
            200,
            body,
            {"Content-Type": "application/json", "request-id": _request_id()},
            delay=line.delay_seconds,
            answer=line.drops != "before",
            sent=len(body) // 2 if line.drops == "middle" else None,
        )

    def _message(self, document: Mapping[str, Any], line: Line) -> dict[str, Any]:
        content: list[dict[str, Any]] = [{"type": "text", "text": line.says}] if line.says else []
        content += [
            {"type": "tool_use", "id": f"toolu_{tokens.token_hex(12)}", "caller": {"type": "direct"}, **call}
            for call in line.calls
        ]
        reason = line.stops or ("refusal" if line.refuses else "tool_use" if line.calls else "end_turn")
        if reason == "pause_turn":  # which only a tool of the server's brings about
            name, call_id = "web_search", f"srvtoolu_{tokens.token_hex(12)}"
            content.append({"type": "server_tool_use", "id": call_id, "name": name, "input": {}})
        if reason == "max_tokens" and line.calls:
            content[-1]["input"] = dict([*content[-1]["input"].items()][:-1])
        return {
            "id": f"msg_{tokens.token_hex(12)}",
            "type": "message",
            "role": "assistant",
            "model": document["model"],
            "content": content,
            "stop_reason": reason,
            "stop_sequence": None,
            "stop_details": {"type": "refusal", **line.refuses} if line.refuses else None,
            "usage": self._usage(document, content),
        }

    def _usage(self, document: Mapping[str, Any], content: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Count as with a cache: a prefix is read that was written less than five minutes before."""
        prefix = _cached_prefix(document)
        read = bool(prefix) and self._cached.get(prefix, 0.0) > self._now() - CACHE_SECONDS
        if prefix:
            self._cached[prefix] = self._now()
        whole = _tokens({name: document.get(name) for name in ("tools", "system", "messages")})
        cached = _tokens(prefix) if prefix else 0
        return {
            "input_tokens": max(whole - cached, 0),
            "cache_creation_input_tokens": 0 if read else cached,
            "cache_read_input_tokens": cached if read else 0,
            "output_tokens": _tokens(list(content)),
        }


def _question(messages: Sequence[Mapping[str, Any]]) -> tuple[str, int]:
    """Return the newest text of the user's, and how many answers of the model's stand after it."""
    after = list(takewhile(lambda message: not _texts(message), reversed(messages)))
    asked = messages[len(messages) - 1 - len(after)]
    return _texts(asked)[-1], sum(message["role"] == "assistant" for message in after)


def _texts(message: Mapping[str, Any]) -> list[str]:
    if message["role"] != "user":
        return []
    return [block["text"] for block in blocks_of(message["content"]) if block["type"] == "text"]


def _cached_prefix(document: Mapping[str, Any]) -> str:
    """Return tools and system prompt when something of them is cached; messages are not counted."""
    head = {"tools": document.get("tools") or [], "system": blocks_of(document.get("system")), "messages": []}
    return json.dumps([document["model"], head]) if any(breakpoints(head)) else ""


def _tokens(content: Any) -> int:
    return len(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)) // 4


def _request_id() -> str:
    return f"req_{tokens.token_hex(12)}"


def _error(kind: str, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    request_id = _request_id()
    document = {"type": "error", "error": {"type": kind, "message": message}, "request_id": request_id}
    return json_reply(STATUSES[kind], document, {"request-id": request_id, **(headers or {})})
