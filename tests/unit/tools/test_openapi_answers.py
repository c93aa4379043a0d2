"""What forms and admin routes answer is in docs/openapi.json, and what is there can happen."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from larkbridge.store.submissions import FormType
from sandbox.faults import Fault
from tests.support.admin import UNKNOWN_ID, at, handed_over, received
from tests.support.admin_tables import MIRROR, SOURCE, TablesAdmin, path
from tests.support.forms import FORMS, html_form_event, http_event, json_event
from tests.support.openapi import (
    FORM_TYPES,
    OPERATIONS,
    UPLOADS,
    WEBHOOKS,
    Api,
    Event,
    Requests,
    check_answers,
    check_credential,
)
from tests.support.world import World

PAGES = {route for route, operation in OPERATIONS.items() if operation["tags"] == ["pages"]}
ROUTES = OPERATIONS.keys() - WEBHOOKS - PAGES


def form_requests(api: Api, route: str) -> Iterator[Event]:
    good = FORMS[FORM_TYPES[route]]
    yield json_event(good, idempotency_key="one")
    yield json_event(good | {"note": "khác"}, idempotency_key="one")
    yield html_form_event(good)
    api.world.lark.faults.set(Fault("down"))
    yield json_event(good)
    yield from (json_event({}), *bad_bodies())
    api.lose("SUBMISSIONS_TABLE")
    yield json_event(good)
    api.world.restart(FORM_HARD_LIMIT="1")
    yield json_event(good)


def bad_bodies() -> list[Event]:
    plain = http_event("{}", headers={"content-type": "text/plain"})
    return [json_event([]), json_event({"note": "a" * 70_000}), plain]


def health_requests(api: Api, _: str) -> Iterator[Event]:
    yield http_event()
    for __ in range(5):
        api.post(Fault("down"))
    api.world.clock.advance(hours=1)
    api.world.lark.faults.set(Fault("down"))
    api.world.retry_due()
    yield http_event()
    api.lose("DESTINATIONS_TABLE")
    yield http_event()


def lists(fill: Callable[[Api], object], table: str, **query: str) -> Requests:
    """Return the requests for a list: empty, full, and badly asked for."""

    def requests(api: Api, _: str) -> Iterator[Event]:
        yield from api.guarded(table, *each(api))

    def each(api: Api) -> Iterator[Event]:
        yield http_event(query=query)
        fill(api)
        yield http_event(query=query | {"limit": "2"})
        yield http_event(query=query | {"limit": "101"})
        yield http_event(query=query | {"cursor": "no-such-cursor"})

    return requests


def ones(fill: Callable[[Api], Iterable[str]], table: str) -> Requests:
    """Return the requests for one item in every state, and for one that is not there."""

    def requests(api: Api, route: str) -> Iterator[Event]:
        ids = [*fill(api), UNKNOWN_ID]
        yield from api.guarded(table, *(http_event(path=at(route, quote(one, safe=""))) for one in ids))

    return requests


def bodies(fill: Callable[[Api], object], table: str, *good: Any) -> Requests:
    """Return the requests with good and with bad bodies."""

    def requests(api: Api, _: str) -> Iterator[Event]:
        fill(api)
        yield from api.guarded(table, *map(json_event, good), json_event({"limit": 0}), *bad_bodies())

    return requests


def submissions(api: Api) -> list[str]:
    return [*api.post_in_every_state(), api.post_and_let_it_take_long()]


def retries(api: Api, route: str) -> Iterator[Event]:
    """Return the requests to retry, or to send again, what is in every state."""
    ids = [*submissions(api), UNKNOWN_ID]
    sent, path = [json_event({"again": True}), *bad_bodies()], {"submissionId": ids[0]}
    yield from api.guarded(
        "SUBMISSIONS_TABLE",
        *(http_event(path=at(route, one)) for one in ids),
        *(body | {"pathParameters": path} for body in sent),
    )


def withdrawals(api: Api, route: str) -> Iterator[Event]:
    """Return the requests to withdraw a consent twice, and one that was never given."""
    good = FORMS[FormType.HOLD]
    agreed, not_agreed = (
        api.world.post(FormType.HOLD, good | {"marketingConsent": said}).body["submissionId"]
        for said in (True, False)
    )
    ids = (agreed, agreed, not_agreed, UNKNOWN_ID)
    yield from api.guarded("SUBMISSIONS_TABLE", *(http_event(path=at(route, one)) for one in ids))


def events(api: Api) -> list[str]:
    states = ("received", "processing", "success", "failed", "dead", "ignored")
    return [received(api.world, one, state=one, subject="customer:1") for one in states]


def deliveries(api: Api) -> list[str]:
    return [
        handed_over(api.world, one, state=one) for one in ("pending", "sending", "sent", "failed", "dead")
    ]


def content(api: Api) -> list[str]:
    document = {
        "type": "task.ai_generated",
        "event": "content_ready",
        "channel_id": "channel-1",
        "ai_response": {"data": {"title": "Lịch khai giảng", "body": "Lớp Chồi 2B"}},
        "meta": {"model": "model-1"},
    }
    for channel_id in ("channel-1", "channel-2", "channel-3"):
        api.world.webhook("modelriver", document | {"channel_id": channel_id})
    api.world.wake()
    return ["channel-1"]


def users(api: Api) -> list[str]:
    data = {"id": "user_1", "first_name": "Chi", "created_at": 1788220800000, "updated_at": 1788220800000}
    document = {"type": "user.created", "object": "event", "timestamp": 1788220800000, "data": data}
    api.world.webhook("clerk", document)
    api.world.wake()
    return ["user_1"]


CONFIG = {"app_token": "bascnA", "table_id": "tblB", "webhook_url": "https://receiver.example/clicks"}


def clicks(api: Api) -> None:
    api.admin.send("POST /v1/feishu/config", CONFIG)
    for number, state in enumerate(("received", "processing", "failed", "dead", "success")):
        fields = {"payload": '{"user_id": "ou_1"}', "subject": "bascnA:tblB:recC", "source": "feishu-button"}
        received(api.world, str(number), type="button.clicked", state=state, **fields)


def config_requests(api: Api, _: str) -> Iterator[Event]:
    api.admin.send("POST /v1/feishu/config", CONFIG)
    yield from api.guarded("BUTTON_CONFIGS_TABLE", http_event())


def overviews(api: Api, _: str) -> Iterator[Event]:
    tables = TablesAdmin(api.world)
    yield http_event(headers={"x-api-key": api.admin.key})
    tables.fill()
    yield from api.guarded("SYNC_STATE_TABLE", http_event())


def row_lists(api: Api, _: str) -> Iterator[Event]:
    TablesAdmin(api.world).fill()
    yield from api.guarded(
        "SOURCE_ROWS_TABLE",
        http_event(path=path(SOURCE)),
        http_event(path=path(MIRROR)),
        http_event(path=path(MIRROR), query={"status": "quarantined"}),
        http_event(path=path(MIRROR), query={"status": "rejected"}),
        http_event(path=path(SOURCE), query={"limit": "101"}),
        http_event(path=path("unknown")),
    )


def rows(api: Api, _: str) -> Iterator[Event]:
    filled = TablesAdmin(api.world).fill()
    ids = [(table, row_id) for table, ids in filled.items() for row_id in (*ids, UNKNOWN_ID)]
    yield from api.guarded("SOURCE_ROWS_TABLE", *(http_event(path=path(*one)) for one in ids))


def row_writes(api: Api, _: str) -> Iterator[Event]:
    TablesAdmin(api.world).fill()
    fields = [{"studentName": "An"}, {}, {"age": 9}]
    at_rows = [path(SOURCE, "HV-1"), path(SOURCE, "rejected"), path(SOURCE, "deleted"), path(MIRROR, "live")]
    sent = [*map(json_event, fields), *bad_bodies()]
    yield from api.guarded(
        "SOURCE_ROWS_TABLE",
        *(body | {"pathParameters": path(SOURCE, "HV-1")} for body in sent),
        *(json_event({}) | {"pathParameters": one} for one in (*at_rows, path("unknown"))),
    )


def row_deletions(api: Api, _: str) -> Iterator[Event]:
    filled = TablesAdmin(api.world).fill()
    ids = [*((SOURCE, one) for one in filled[SOURCE]), (SOURCE, UNKNOWN_ID), (MIRROR, "live")]
    yield from api.guarded("SOURCE_ROWS_TABLE", *(http_event(path=path(*one)) for one in ids))


def sync_requests(api: Api, _: str) -> Iterator[Event]:
    TablesAdmin(api.world, f"{MIRROR}=bascnA/tblB")
    full = json_event({"mode": "full", "acceptDeletions": True})
    good, unknown = full | {"pathParameters": path(MIRROR)}, full | {"pathParameters": path("unknown")}
    not_connected = full | {"pathParameters": path(SOURCE)}
    wrong = [body | {"pathParameters": path(MIRROR)} for body in (json_event({}), *bad_bodies())]
    yield from api.guarded("SYNC_STATE_TABLE", good, not_connected, unknown, *wrong)


def first_config_requests(api: Api, route: str) -> Iterator[Event]:
    yield http_event(headers={"x-api-key": api.admin.key})
    yield from config_requests(api, route)


def upload_requests(api: Api, _: str) -> Iterator[Event]:
    good = {"submissionKey": "one", "type": "image/png", "size": 9}
    yield from (json_event(good), json_event(good | {"size": 0}), *bad_bodies())
    yield from (json_event(good) for _ in range(3))
    api.lose("STORED_FILES_TABLE")
    yield json_event(good | {"submissionKey": "two"})
    api.world.put_secrets({})
    yield json_event(good)


def file(api: Api) -> str:
    """Store a file and return its id."""
    event = http_event("text", route="POST /v1/files", headers={"x-api-key": api.admin.key})
    return api.world.files(event).body["storageId"]


def file_requests(api: Api, _: str) -> Iterator[Event]:
    """Return the requests for a file that is there, and for one that is not."""
    ids = [file(api), UNKNOWN_ID]
    yield from api.guarded("STORED_FILES_TABLE", *(http_event(path={"fileId": one}) for one in ids))


def raw_uploads(api: Api, _: str) -> Iterator[Event]:
    bad = [http_event(""), http_event("x" * 4_500_001), http_event("x", query={"name": "x" * 1001})]
    yield from api.guarded("STORED_FILES_TABLE", http_event("text"), *bad)


REQUESTS: dict[str, Requests] = {
    **dict.fromkeys(UPLOADS, upload_requests),
    "GET /files/{fileId}": file_requests,
    "POST /v1/files": raw_uploads,
    "POST /v1/files/form": bodies(lambda _: None, "STORED_FILES_TABLE", {"size": 9}),
    "GET /v1/files/{fileId}": file_requests,
    "POST /v1/files/{fileId}/revoke": file_requests,
    "DELETE /v1/files/{fileId}": file_requests,
    "GET /health": health_requests,
    "GET /v1/submissions": lists(submissions, "SUBMISSIONS_TABLE"),
    "GET /v1/submissions/{submissionId}": ones(submissions, "SUBMISSIONS_TABLE"),
    "POST /v1/submissions/{submissionId}/retry": retries,
    "POST /v1/submissions/retry": bodies(
        submissions, "SUBMISSIONS_TABLE", {"dryRun": True}, {"limit": 1}, {}, {"larkStatus": "sent"}
    ),
    "POST /v1/submissions/{submissionId}/withdraw-marketing-consent": withdrawals,
    "POST /v1/submissions/{submissionId}/release": ones(submissions, "SUBMISSIONS_TABLE"),
    "POST /v1/submissions/release": bodies(
        submissions, "SUBMISSIONS_TABLE", {"larkStatus": "held", "dryRun": True}, {"formType": "hold"}
    ),
    "POST /v1/submissions/discard": bodies(
        submissions, "SUBMISSIONS_TABLE", {"larkStatus": "dead", "dryRun": True}, {"formType": "hold"}
    ),
    "POST /v1/submissions/restore": bodies(
        submissions, "SUBMISSIONS_TABLE", {"formType": "hold", "dryRun": True}, {"ids": [UNKNOWN_ID]}
    ),
    "GET /v1/events": lists(events, "EVENTS_TABLE"),
    "GET /v1/events/{eventId}": ones(events, "EVENTS_TABLE"),
    "POST /v1/events/{eventId}/replay": ones(events, "EVENTS_TABLE"),
    "POST /v1/events/replay": bodies(events, "EVENTS_TABLE", {"dryRun": True}, {"limit": 1}, {}),
    "GET /v1/deliveries": lists(deliveries, "DELIVERIES_TABLE"),
    "GET /v1/deliveries/{deliveryId}": ones(deliveries, "DELIVERIES_TABLE"),
    "POST /v1/deliveries/{deliveryId}/retry": ones(deliveries, "DELIVERIES_TABLE"),
    "POST /v1/deliveries/retry": bodies(deliveries, "DELIVERIES_TABLE", {"dryRun": True}, {"limit": 1}, {}),
    "GET /v1/content": lists(content, "CONTENT_TABLE"),
    "GET /v1/content/channel/{channelId}": ones(content, "CONTENT_TABLE"),
    "GET /v1/users/{userId}": ones(users, "USERS_TABLE"),
    "GET /v1/feishu/config": first_config_requests,
    "POST /v1/feishu/config": bodies(lambda _: None, "BUTTON_CONFIGS_TABLE", CONFIG),
    "GET /v1/tables": overviews,
    "GET /v1/tables/{table}/rows": row_lists,
    "GET /v1/tables/{table}/rows/{rowId}": rows,
    "PUT /v1/tables/{table}/rows/{rowId}": row_writes,
    "DELETE /v1/tables/{table}/rows/{rowId}": row_deletions,
    "POST /v1/tables/{table}/sync": sync_requests,
    "GET /v1/feishu/webhook/logs": lists(clicks, "BUTTON_CONFIGS_TABLE", record_id="recC"),
}


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_every_answer_is_documented_and_every_documented_answer_is_given(world: World, route: str) -> None:
    check_answers(world, route, REQUESTS.get(route, form_requests))


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_a_route_asks_for_a_key_exactly_when_it_says_so(world: World, route: str) -> None:
    check_credential(world, route)
