"""Down every path of every function, so that `tests.support.observed` sees all that it does."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import boto3

from larkbridge.clock import to_text
from larkbridge.inbound.all_providers import SOURCES
from larkbridge.inbound.receive import MAX_BODY_BYTES
from larkbridge.processors.stream import process_records
from larkbridge.store.submissions import STATUSES, FormType
from larkbridge.store.work import Status
from larkbridge.targets.case_note import CaseChange, new_case_change
from larkbridge.targets.policies import DELIVERY
from sandbox.faults import Fault
from sandbox.lark.workflow import ErrorCode
from sandbox.local_tables import APP_TOKEN, lark_tables
from sandbox.samples import ROUTES
from sandbox.webhooks.signers import completed
from tests.support.admin_tables import SOURCE, TablesAdmin, path
from tests.support.calls import Calls, ProcessStoppedError
from tests.support.chat_walks import receive_chat_events, walk_chat_agent
from tests.support.file_walks import leave_files, walk_serve_files, walk_uploads
from tests.support.forms import FORMS, page_event
from tests.support.observed import Event, Stage
from tests.support.pages import read_page
from tests.support.people_walks import walk_authorize_user
from tests.support.stream import stream_batch
from tests.support.table_walks import (
    authorized,
    form_with_case,
    receive_base_changes,
    walk_feed,
    walk_push_sources,
    walk_rows,
    walk_sync_mirrors,
)
from tests.support.uploads import post_with
from tests.support.vault_walks import walk_keeper
from tests.support.webhooks import FIRST_SECRETS, body_of, webhook
from tests.support.world import SANDBOX_ORIGIN, World
from tools.api_key import create_key

DOWN = Fault("down")
NO_CALL_LEFT = Fault("error_code", code=99991403)
REFUSING = Fault("error_code", code=ErrorCode.BODY_NOT_JSON)
CLICK = {"app_token": "app", "table_id": "tbl", "record_id": "rec1", "button_id": "b", "user_id": "ou_1"}
AGREED = FORMS[FormType.STUDENT_INFO] | {"marketingConsent": True}
LARGE = "é" * 90_000


class _Defect(Calls):
    def before(self, name: str) -> None:
        raise RuntimeError(f"a defect at {name}")


def walk_of(folder: str) -> Callable[[Stage], None]:
    """Return the walk of a function; a new function needs one."""
    return _walk_form if folder.startswith("submit_") else _WALKS[folder]


def _walk_form(stage: Stage) -> None:
    """Run the samples; Lark down and refusing; requests repeated, one while its first half sends; feeds."""
    happy = stage.samples["happy"]
    with stage.started():
        for event in [*stage.samples.values(), _keyed(happy, "sent"), _keyed(happy, "sent")]:
            stage.invoke(event)
        for fault in (DOWN, REFUSING):
            with stage.lark(fault):
                stage.invoke(happy)
        stage.invoke(_with("phu_luc", happy))
        stage.network.calls = _Defect()
        stage.invoke(happy)
        stage.network.calls = Calls(stop_at=(0, "before"))
        try:
            stage.invoke(_keyed(happy, "sending"))
        except ProcessStoppedError:
            stage.network.calls = Calls()
        stage.invoke(_keyed(happy, "sending"))
        if "file" in stage.samples:
            walk_uploads(stage)
        _withdraw_consent(stage, happy["requestContext"]["http"]["path"])
    with stage.started(FORM_HARD_LIMIT="1", TURNSTILE_SITE_KEY="x", TURNSTILE_ORIGIN=SANDBOX_ORIGIN):
        stage.world.simulators.turnstile.accept(())
        for address in ("203.0.113.9", "203.0.113.9", ""):
            stage.invoke(_from(_with("cf-turnstile-response", happy), address))
    walk_feed(stage, happy)


def _withdraw_consent(stage: Stage, path: str) -> None:
    """Press the button of a confirmation, as a browser does."""
    (form_type,) = (one for one, route in ROUTES.items() if route == path)
    typed = FORMS[form_type] | {"marketingConsent": "on"}
    place = f"{path}/da-gui"
    sent = read_page(stage.invoke(page_event(path, typed)))
    link = sent.headers["location"].partition("?")[2]
    confirmation = read_page(stage.invoke(page_event(place, query=link)))
    stage.invoke(page_event(place, confirmation.inputs, link))


def _with(name: str, event: Event) -> Event:
    """Return a form's event with one more field."""
    return event | {"body": event["body"].replace("{", f'{{"{name}": "x", ', 1)}


def _from(event: Event, address: str) -> Event:
    context = event["requestContext"]
    return event | {"requestContext": context | {"http": context["http"] | {"sourceIp": address}}}


def _keyed(event: Event, key: str) -> Event:
    return event | {"headers": event["headers"] | {"idempotency-key": key}}


def _walk_receive_webhook(stage: Stage) -> None:
    """Run every sample, signed; a failed one again; large ones; every setting; a malformed secret; none."""
    with stage.started():
        for sample in stage.samples.values():
            stage.invoke(completed(sample, FIRST_SECRETS, stage.world.clock.timestamp()))
        now = stage.world.clock.timestamp()
        stage.invoke(webhook("github-push", {"ref": "failed"}, now))
        for summary in stage.world.events.listed(["github"], [Status.RECEIVED], None):
            stage.world.events.change(summary, {"status": Status.FAILED})
        stage.invoke(webhook("github-push", {"ref": "failed"}, now))
        for note in (LARGE, "a" * MAX_BODY_BYTES):
            stage.invoke(webhook("github-push", {"note": note}, now))
    with stage.started(ZALO_SIGNED_ID="oa_id", MODELRIVER_SIGNED_CONTENT="timestamp.body"):
        for name in ("zalo_receipt", "modelriver_ai_generated"):
            sample = completed(stage.samples[name], FIRST_SECRETS, stage.world.clock.timestamp())
            stage.invoke(sample)
    with stage.started():
        stage.invoke(webhook("github-push", {"ref": "with a good secret"}, now))
        stage.world.put_secrets({"GITHUB_WEBHOOK_SECRET": 7})
        stage.world.clock.advance(minutes=6)
        stage.invoke(webhook("github-push", {"ref": "with the last good one"}, now))
    for secrets in ({"META_VERIFY_TOKEN": "half of them"}, {}):
        stage.world.put_secrets(secrets)
        with stage.started():
            stage.invoke(stage.samples["unsigned"])
            stage.invoke(webhook("meta", {}, now))
    boto3.client("secretsmanager").delete_secret(SecretId=stage.world.environ["SECRETS_ID"])
    with stage.started():
        stage.invoke(stage.samples["unsigned"])


def _walk_process_event(stage: Stage) -> None:
    """Process events of every kind: well, with Lark down, and with a defect."""
    with stage.started():
        for event in stage.samples.values():
            stage.invoke(event)
        for fault in (None, DOWN):
            _receive_one_of_each(stage, fault)
            stage.invoke(_announced(stage))
        _receive_click(stage, "defect")
        stage.network.calls = _Defect()
        stage.invoke(_announced(stage))
        stage.network.calls = Calls()


def _announced(stage: Stage) -> Event:
    waiting = stage.world.events.backlog([*SOURCES])
    events = [stage.world.events.get(one.event_id) for one in waiting if one.status == Status.RECEIVED]
    return stream_batch(events)


def _receive_one_of_each(stage: Stage, fault: Fault | None) -> None:
    """Let an event of every family arrive, good and bad, while the outside works or not."""
    world = stage.world
    switches = [*world.simulators.openapi.faults.values(), world.simulators.modelriver.faults]
    for switch in switches:
        switch.set(fault) if fault else switch.clear()
    for name in ("stripe_checkout", "stripe_subscription", "clerk_user_created", "zalo_receipt"):
        _receive_sample(stage, name)
    for number, response in enumerate(({"data": {"title": "T", "body": LARGE}}, "nonsense")):
        _receive_generated(stage, f"c{number}-{fault}", response, f"{SANDBOX_ORIGIN}/v1/callback/c{number}")
    _receive_generated(stage, f"elsewhere-{fault}", {"data": {"title": "T"}}, "https://elsewhere.example/")
    _receive_click(stage, f"{fault}")
    _change_case(world, f"{fault}")
    receive_base_changes(world, f"{fault.kind if fault else 'well'}")
    receive_chat_events(world, f"{fault.kind if fault else 'well'}")


def _change_case(world: World, name: str) -> None:
    form_id = form_with_case(world)
    change = CaseChange(
        change_id=name,
        at=to_text(world.clock.now()),
        table=SOURCE,
        row_id=form_id,
        app_token=APP_TOKEN,
        table_id="tblStudents",
        status_column="Tình trạng",
        note_column="Trao đổi",
        status="Đã gọi",
        before="",
        line=name,
    )
    world.deliveries.add(new_case_change(change, world.clock.now()))


def _receive_sample(stage: Stage, name: str) -> None:
    from tests.support.functions import functions

    sample = functions()["receive_webhook"].samples()[name]
    now = stage.world.clock.timestamp()
    answer = stage.world.receive(completed(_renewed(sample, now), FIRST_SECRETS, now))
    assert answer.status == 200


def _renewed(sample: dict[str, Any], now: float) -> dict[str, Any]:
    """Return a sample that is another event each time."""
    document = json.loads(sample["body"])
    for name in ("id", "instance_id"):
        document[name] = f"{document.get(name)}-{now}"
    return sample | {"body": body_of(document).decode()}


def _receive_generated(stage: Stage, channel: str, response: Any, callback_url: str) -> None:
    document = {"type": "task.ai_generated", "channel_id": channel, "ai_response": response}
    assert stage.world.webhook("modelriver", document | {"callback_url": callback_url}).status == 200


def _receive_click(stage: Stage, click: str) -> None:
    world = stage.world
    world.simulators.openapi.bases.put("app", "tbl", "rec1", {"Tên": "An", "Kết quả": None})
    config = {"app_token": "app", "table_id": "tbl", "webhook_url": f"{SANDBOX_ORIGIN}/hooks/h"}
    assert world.call_admin("POST /v1/feishu/config", body=config).status == 200
    timestamp = f"{world.clock.timestamp() * 1000:.0f}"
    document = CLICK | {"timestamp": timestamp, "click": click}
    assert world.webhook("feishu-button", document).status == 200


def _walk_send_deliveries(stage: Stage) -> None:
    """Send deliveries of every kind: well, with the outside down, and with a defect."""
    leave_files(stage)
    with stage.started():
        for event in stage.samples.values():
            stage.invoke(event)
        for fault in (None, DOWN):
            _receive_one_of_each(stage, fault)
            for _ in range(2):
                stage.invoke(_new_deliveries(stage))
        _receive_click(stage, "defect")
        stage.network.calls = _Defect()
        stage.invoke(_new_deliveries(stage))
        stage.network.calls = Calls()


def _new_deliveries(stage: Stage) -> Event:
    """Process what has been received; return the announcement of what must go out for it."""
    process_records(_announced(stage), stage.world.processing, owner="request", seconds=80)
    return stream_batch(stage.world.new_deliveries())


def _walk_retry_due(stage: Stage) -> None:
    """Run with nothing to do, then with each backlog while the outside is down, refuses and works."""
    leave_files(stage)
    with stage.started():
        for event in stage.samples.values():
            stage.invoke(event)
        for behaviour in (DOWN, REFUSING, Fault("slow", delay_seconds=1), NO_CALL_LEFT):
            with stage.lark(DOWN):
                for form_type in FormType:
                    stage.world.post(form_type)
            stage.world.clock.advance(hours=1)
            with stage.lark(behaviour):
                stage.invoke(stage.samples["submissions"], seconds=1)
                stage.invoke(stage.samples["submissions"])
        for fault in (DOWN, None):
            _receive_one_of_each(stage, fault)
            stage.world.clock.advance(hours=1)
            for backlog in ("events", "deliveries"):
                stage.invoke(stage.samples[backlog])
        for one in stage.world.deliveries.listed(["modelriver-callback"], [Status.SENT], None):
            cut_off = {"status": Status.SENDING, "attempt_count": DELIVERY.attempts}
            stage.world.deliveries.change(one, cut_off | {"next_attempt_at": one.created_at})
        stage.world.clock.advance(hours=10)
        stage.invoke(stage.samples["deliveries"])
    walk_keeper(stage)


def _walk_admin_api(stage: Stage) -> None:
    """Run every sample without a good key and with one, about things that are there; list every state."""
    table = stage.world.environ["API_KEYS_TABLE"]
    key = create_key(table, "tests", "tests", dynamodb=boto3.resource("dynamodb"))
    with stage.lark(DOWN):
        failed = stage.world.post(fields=AGREED).body["submissionId"]
        with_file = post_with(stage.world, f"file_{'0' * 32}")
    _receive_one_of_each(stage, None)
    stage.world.wake()
    ids = {
        "submissionId": failed,
        "eventId": next(stage.world.events.listed(["modelriver"], [Status.SUCCESS], None)).event_id,
        "deliveryId": next(stage.world.deliveries.listed(["modelriver-callback"], [Status.DEAD], None)).id,
        "channelId": "c0-None",
        "userId": "user_2g7np7Hrk0SN6kj5EDMLDaKNL0S",
    }
    rows = TablesAdmin(stage.world, lark_tables()).fill()
    with stage.started():
        for event in stage.samples.values():
            stage.invoke(event)
            stage.invoke(authorized(event, key) | {"pathParameters": ids | path(SOURCE, rows[SOURCE][0])})
        listing = authorized(stage.samples["list"], key)
        for query in ({}, *({"larkStatus": status} for status in STATUSES)):
            stage.invoke(listing | {"queryStringParameters": query})
        for sample, status in itertools.product(("list_events", "list_deliveries"), ("failed", "dead")):
            listing = authorized(stage.samples[sample], key)
            stage.invoke(listing | {"queryStringParameters": {"status": status}})
        walk_rows(stage, rows, key)
        of_file = {"pathParameters": ids | {"submissionId": with_file}}
        stage.invoke(authorized(stage.samples["get"], key) | of_file)
        discard = {"body": json.dumps({"ids": [with_file]})}
        stage.invoke(authorized(stage.samples["discard_ids"], key) | discard)


def _walk_serve_pages(stage: Stage) -> None:
    with stage.started():
        for event in stage.samples.values():
            stage.invoke(event)


_WALKS: dict[str, Callable[[Stage], None]] = {
    "admin_api": _walk_admin_api,
    "authorize_user": walk_authorize_user,
    "chat_agent": walk_chat_agent,
    "process_event": _walk_process_event,
    "push_sources": walk_push_sources,
    "receive_webhook": _walk_receive_webhook,
    "retry_due": _walk_retry_due,
    "send_deliveries": _walk_send_deliveries,
    "serve_pages": _walk_serve_pages,
    "serve_files": walk_serve_files,
    "sync_mirrors": walk_sync_mirrors,
}
