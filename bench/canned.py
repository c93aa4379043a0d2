"""What the cold starts receive: first events, their settings, and what AWS and Lark answer."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.samples import webhook_sample
from larkbridge.clock import SystemClock, to_text
from larkbridge.forms.catalogue import FORMS as MODELS
from larkbridge.forms.filled_in import Arrival, FilledIn
from larkbridge.forms.submit import new_submission
from larkbridge.http_exchange import Request
from larkbridge.inbound.all_providers import SOURCES
from larkbridge.lark.base_answers import column_of
from larkbridge.pages.signed_links import sign
from larkbridge.store.chat_queue import ChatTurn, TurnKind
from larkbridge.store.codec import encode, to_item
from larkbridge.store.connect_requests import ConnectRequest
from larkbridge.store.deliveries import Delivery
from larkbridge.store.events import Event
from larkbridge.store.stored_files import FileStatus, new_file
from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status, Work
from larkbridge.store.work_table import to_record
from larkbridge.sync.config.table_registry import Registry, read_tables
from larkbridge.sync.shared.schema import Schema
from larkbridge.targets.lark_card import cards_to
from larkbridge.targets.target import Origin
from sandbox.local_tables import lark_tables
from tests.support.aws import CREDENTIALS, SECRETS, TABLES
from tests.support.forms import FORMS, http_event, json_event
from tests.support.functions import functions
from tests.support.memory_sqs import GIVEN_UP_ARN
from tests.support.stream import stream_batch
from tests.support.webhooks import LARK_APP_ID
from tools.forms import function_of

_TABLE_NAMES = {setting: setting.removesuffix("_TABLE").lower() for setting in TABLES}
ENVIRON = (
    CREDENTIALS
    | _TABLE_NAMES
    | {
        "SECRETS_ID": "secrets",
        "PRIVATE_SECRETS_ID": "private-secrets",
        "CHAT_QUEUE_URL": "https://sqs.test/ChatQueue.fifo",
        "LARK_APP_ID": LARK_APP_ID,
        "LARK_TABLES": lark_tables(),
        "CENTRE_NAME": "Trung tâm",
        "FILES_BUCKET": "files",
        "CHAT_TURNS_GIVEN_UP_ARN": GIVEN_UP_ARN,
        "BENCH_SOURCES": ",".join(SOURCES),
        "BENCH_FORMS": ",".join(FormType),
        "POWERTOOLS_SERVICE_NAME": "larkbridge-bench",
        "POWERTOOLS_METRICS_NAMESPACE": "Larkbridge",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
)

_PAST = "2026-01-01T00:00:00.000Z"
_STRIPE = "checkout.session.completed"


@dataclass(frozen=True, slots=True)
class FirstEvent:
    """A function's first event.

    Attributes
    ----------
    bare
        The handler that it is held against.
    case
        Tells it from the function's others.
    extra_calls
        What the function calls for it and the bare handler does not.
    """

    bare: str
    event: dict[str, Any]
    case: str = ""
    extra_calls: tuple[str, ...] = ()


def _form(form_type: FormType) -> tuple[FirstEvent]:
    return (FirstEvent("form", json_event(FORMS[form_type])),)


def _webhook(case: str, sample: str, bare: str) -> FirstEvent:
    return FirstEvent(bare, webhook_sample(sample), case, extra_calls=("GetSecretValue",))


def _submission(now: datetime) -> Work:
    form = MODELS[0].model_validate(FORMS[FormType.STUDENT_INFO], context={"today": now.date()})
    return new_submission(
        MODELS[0],
        FilledIn(form.to_fields() | {"attachmentLink": ""}, None),
        Arrival(Request({}, b"", "")),
        now,
    )


def _event(now: datetime, source: str, kind: str, sample: str) -> Event:
    return Event(
        event_id=f"{source}#evt_1",
        source=source,
        type=kind,
        received_at=to_text(now),
        sort_key=f"{to_text(now)}#{source}#evt_1",
        status=Status.RECEIVED,
        attempt_count=0,
        next_attempt_at=to_text(now),
        payload=functions()["receive_webhook"].samples()[sample]["body"],
    )


def _turn(now: datetime, **changes: str) -> dict[str, Any]:
    """Return a turn that says `/help` now, unless it is changed, as the queue hands it over."""
    batch = functions()["chat_agent"].samples()["message"]
    for record in batch["Records"]:
        turn = replace(ChatTurn.from_json(record["body"]), sent_at=to_text(now), **changes)
        record["body"] = turn.to_json()
    return batch


def _card(now: datetime) -> Delivery:
    origin = Origin(about=("bench",), subject="stripe#evt_1", moment=now)
    (card,) = cards_to("ou_84aad35d084aa403a838cf73ee18467", "Đã xong", "Yêu cầu đã xong.", "green", origin)
    return card


_NOW = SystemClock().now()
_EVENT, _CARD = _event(_NOW, "stripe", _STRIPE, "stripe_checkout"), _card(_NOW)
_MESSAGE = _event(_NOW, "lark", "im.message.receive_v1", "lark_message")
_WORK: dict[str, Work] = {"submissions": _submission(_NOW), "events": _EVENT, "deliveries": _CARD}
_ITEMS = {table: to_item(to_record(replace(work, next_attempt_at=_PAST))) for table, work in _WORK.items()}
_CHAT_ITEM = to_item(to_record(_MESSAGE))
_TABLES = {one.name: one for one in Registry(read_tables(), lark_tables().split(","))}
_REPORT = {"number": 1, "startedAt": _PAST, "endedAt": _PAST}
_LAST_NIGHT = _REPORT | {"startedAt": to_text(datetime.now(UTC) - timedelta(hours=12))}
_UPDATED = _ITEMS | {
    "sync_state": to_item(
        {
            "fence": 1,
            "lastFull": _LAST_NIGHT,
            "lastPull": _REPORT,
            "watermark": _PAST,
            "subscription": {"ok": True, "at": _PAST},
        }
    ),
    "destinations": to_item({"destination": "lark-forms"}),
    "rate_limits": to_item({"limitId": "send:lark-api#0", "hits": 1}),
    "conversations": {},
    "api_keys": to_item({"keyHash": "hash", "name": "bench", "owner": "bench"}),
}
_ROW = to_item(
    {
        "table": "students",
        "rowId": "HV-1",
        "values": '{"studentName": "An"}',
        "contentHash": "hash",
        "version": 1,
        "updatedAt": _PAST,
        "sortKey": f"{_PAST}#HV-1",
        "queue": "students",
    }
)
_COLUMNS = [
    {"field_id": one.field_id, "field_name": one.column, "type": one.type}
    for table in _TABLES.values()
    for one in table.fields
]
_SECRETS = SECRETS | {"ANTHROPIC_API_KEY": "sk-ant-bench"}
_SPOKEN = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-5-5",
    "content": [{"type": "text", "text": "Chào bạn."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 10, "output_tokens": 3},
}
_BATCHES: dict[str, list[dict[str, Any]]] = {"conversations": []}
_CREATED = {"message_id": "om_1", "reaction_id": "r-1", "records": [{"record_id": "recHV1"}]}
_FOUND = {
    "items": [{"record_id": "recA1", "fields": {"Mã lớp": [{"type": "text", "text": "A1"}]}}],
    "total": 1,
    "has_more": False,
}
_PAGE = http_event(route="GET /phieu-bao-luu", headers={"accept-encoding": "gzip"})
_FILE = replace(
    new_file(_NOW, _NOW, name="don.pdf", media_type="application/pdf", size=1), status=FileStatus.KEPT
)
_UPDATED["stored_files"] = to_item(encode(_FILE))
_PROOF = sign("file", _FILE.file_id, SECRETS["PAGE_SIGNING_KEY"], _NOW + timedelta(days=1))
_OPEN = http_event(route="GET /files/{fileId}", path={"fileId": _FILE.file_id}, query={"c": _PROOF})
_ASKED = ConnectRequest(
    request_id="link",
    purpose="agent",
    scopes=("task:task:read",),
    turn=ChatTurn(kind=TurnKind.MESSAGE, event_id="lark#e-1", open_id="ou_1", sent_at=_PAST),
    asked_at=_PAST,
    expires_at=int((_NOW + timedelta(days=1)).timestamp()),
)
_UPDATED["connect_requests"] = to_item(encode(_ASKED))
_START = http_event(route="GET /oauth/start", headers={"accept-encoding": "gzip"}, query={"t": "link"})
_LIST = http_event(route="GET /v1/submissions", headers={"x-api-key": "key"}, query={"limit": "20"})

QUESTION = FirstEvent("chat_question", _turn(_NOW, content='{"text": "Chào bạn"}'), "a question to the model")

FIRST_EVENTS: dict[str, tuple[FirstEvent, ...]] = {
    **{function_of(form): _form(form.form_type) for form in MODELS},
    "serve_pages": (FirstEvent("serve_pages", _PAGE),),
    "receive_webhook": (
        _webhook("GitHub", "github_push", bare="webhook"),
        _webhook("encrypted Lark message", "lark_message", bare="webhook"),
        _webhook("encrypted Lark challenge", "lark_challenge_encrypted", bare="challenge"),
    ),
    "process_event": (
        FirstEvent("process_event", stream_batch([_EVENT]), "Stripe"),
        FirstEvent("process_message", stream_batch([_MESSAGE]), "a chat's message"),
    ),
    "chat_agent": (FirstEvent("chat_agent", _turn(_NOW), "/help"), QUESTION),
    "send_deliveries": (FirstEvent("send_deliveries", stream_batch([_CARD]), "one card"),),
    "retry_due": tuple(FirstEvent("retry_due", {"backlog": backlog}, backlog) for backlog in _WORK),
    "sync_mirrors": (FirstEvent("sync_mirrors", {"full": False}, "one changed record"),),
    "push_sources": (FirstEvent("push_sources", {"full": False}, "one new row"),),
    "serve_files": (FirstEvent("serve_files", _OPEN, "a link from Lark"),),
    "admin_api": (FirstEvent("admin_api", _LIST),),
    "authorize_user": (FirstEvent("authorize_user", _START, "the page of a link"),),
}
"""By function."""


def answer(name: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return what AWS answers to a call, and Lark to a GET, POST or DELETE."""
    match name:
        case "GetSecretValue":
            return {"Name": "secrets", "SecretString": json.dumps(_SECRETS)}
        case "GetItem":
            return {"Item": _stored(parameters)}
        case "BatchGetItem":
            found = {table: _BATCHES.get(table, [_ROW]) for table in parameters["RequestItems"]}
            return {"Responses": found, "UnprocessedKeys": {}}
        case "UpdateItem":
            return {"Attributes": _stored(parameters)}
        case "Query":
            items = _queried(parameters)
            return {"Items": items, "Count": len(items)}
        case "GET" | "DELETE":
            return {"code": 0, "msg": "", "data": {"items": _COLUMNS, "has_more": False}}
        case "POST":
            return _posted(parameters)
    return {}


def _posted(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return what the model answers to a question, and Lark to anything else."""
    if "max_tokens" in parameters:
        return _SPOKEN
    token = {"tenant_access_token": "t-1", "expire": 7200}
    return {"code": 0, "msg": "", **token, "data": _CREATED | _FOUND}


def _stored(parameters: dict[str, Any]) -> dict[str, Any]:
    if parameters["Key"].get("eventId") == _CHAT_ITEM["eventId"]:
        return _CHAT_ITEM
    item = _UPDATED[parameters["TableName"]]
    table = _TABLES.get(parameters["Key"].get("table", {}).get("S"))
    if table is None:
        return item
    known = Schema(table, [column_of(one) for one in _COLUMNS])
    return item | to_item({"place": table.place, "fingerprint": known.fingerprint})


def _queried(parameters: dict[str, Any]) -> list[dict[str, Any]]:
    table = parameters["TableName"]
    if table not in _WORK:
        return [_ROW] if table == "source_rows" else []
    values = {name: value["S"] for name, value in parameters["ExpressionAttributeValues"].items()}
    if parameters["IndexName"] == "due":
        key = _ITEMS[table].get("dueKey", {}).get("S", "")
        return [_ITEMS[table]] if values.get(":after", "~") <= key <= values.get(":range", "") else []
    return [_ITEMS[table]] if _WORK[table].partition in values.values() else []
