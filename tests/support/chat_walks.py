"""Down every path of the chat agent, and of what is handed over to it."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from larkbridge.agent.commands import Command
from larkbridge.clock import to_text
from larkbridge.store.chat_queue import ChatTurn, TurnKind
from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from larkbridge.targets.lark_card import cards_to
from larkbridge.targets.target import Origin
from sandbox.faults import Fault
from sandbox.lark.chats import buttons
from sandbox.lark.contacts import PEOPLE
from sandbox.lark.scopes import EVERY_SCOPE
from sandbox.routing import Router
from sandbox.server import SandboxServer
from tests.support import chat_documents as lark
from tests.support.aws import SECRETS
from tests.support.forms import FORMS
from tests.support.observed import Event, Stage
from tests.support.table_walks import CASE_TABLES, FED_PLACES, FED_TABLES, FORM_FEEDS, form_with_case
from tests.support.uploads import post_with
from tests.support.world import World

_DAY = {"start": "2026-12-05", "end": "2026-12-05"}
_GIVEN = {
    "my_events": (_DAY,),
    "free_busy": (_DAY,),
    "find_person": ({"name": "An"},),
    "submissions": ({}, {"state": "not_sent"}),
    "submissions_of_phone": ({"phone": "0912345678"},),
    "table_rows": ({"table": "classes", "key": "M3A"},),
    "table_count": ({"table": "classes"},),
}
"""What each tool is given that must be given something."""


def receive_chat_events(world: World, name: str) -> None:
    """Let people do everything that they can in a chat."""
    at = world.clock.timestamp()
    in_thread = lark.message(at=at, message_id=f"om_in_{name}", mentions=[lark.BOT], event_id=f"in-{name}")
    in_thread["event"]["message"] |= {"thread_id": "omt_1", "root_id": "om_0", "parent_id": "om_0"}
    for signer, document in (
        ("lark", lark.message("/stop", at=at, message_id=f"om_{name}", event_id=f"stop-{name}")),
        ("lark", in_thread),
        ("lark", lark.recalled(f"om_{name}", at=at, event_id=f"recall-{name}")),
        ("lark-card", lark.press({"larkbridge": "help"}, at=at, event_id=f"press-{name}")),
    ):
        assert world.webhook(signer, document).status == 200


def walk_chat_agent(stage: Stage) -> None:
    """Answer a message, once more, and one that was given up; obey every command; ask a question."""
    forms, rights = _forms_that_wait(stage), f"{PEOPLE[0].open_id}=retry+write"
    connects = {"LARK_OAUTH_REDIRECT_URI": "https://larkbridge.test/oauth/callback"}
    with stage.started(tables=CASE_TABLES, STAFF=rights, **connects):
        for sample in stage.samples.values():
            stage.invoke(_of(sample, "1"))
        stage.invoke(_of(stage.samples["given_up"], "2"))
        now = to_text(stage.world.clock.now())
        for command in Command:
            there = stage.world.simulators.openapi.messages.receive("oc_1", f"/{command}").removeprefix("om_")
            content = json.dumps({"text": f"/{command}"})
            stage.invoke(_of(stage.samples["message"], there, content=content, sent_at=now))
        _obey_the_staff(stage, PEOPLE[0].open_id)
        _run_every_tool(stage, forms)
    with stage.started(tables=FED_TABLES, FORM_FEEDS=FORM_FEEDS, LARK_TABLES=FED_PLACES, STAFF=rights):
        _press_every_card(stage, PEOPLE[0].open_id)
        _disconnect(stage, PEOPLE[0].open_id)
    _ask_the_model(stage)


def _forms_that_wait(stage: Stage) -> dict[str, Any]:
    """Leave a form that has failed, and a held one that corrects another, which a file has followed."""
    world = stage.world
    with stage.lark(Fault("down")):
        failed = world.post().body["submissionId"]
        first = world.stored(post_with(world, f"file_{'0' * 32}"))
    world.submissions.change(first, {"file_followed": True})
    world.clock.advance(seconds=1)
    held = FORMS[FormType.HOLD] | {"replaces": first.id, "phu_luc": "robot", "submissionKey": "held"}
    released = world.post(FormType.HOLD, held).body["submissionId"]
    return {
        "retry_submission": ({"submission_id": failed},),
        "release_submission": ({"submission_id": released},),
        "set_case": ({"submission_id": form_with_case(world), "status": "Đã gọi", "note": "Hẹn thứ 7"},),
    }


def _disconnect(stage: Stage, person: str) -> None:
    """Let somebody who is connected take that back."""
    there = stage.world.simulators.openapi.messages.receive("oc_1", "/disconnect").removeprefix("om_")
    turn = {"content": json.dumps({"text": "/disconnect"}), "open_id": person}
    stage.invoke(_of(stage.samples["message"], there, sent_at=to_text(stage.world.clock.now()), **turn))


def _obey_the_staff(stage: Stage, person: str) -> None:
    """Ask somebody who may, with a form and a card that have failed."""
    stage.world.lark.faults.set(Fault("down"))
    stage.world.post()
    stage.world.lark.faults.clear()
    origin = Origin(("failed",), "failed", stage.world.clock.now())
    for card in cards_to(person, "?", "?", "blue", origin):
        stage.world.deliveries.add(card)
        stage.world.deliveries.change(card, {"status": Status.DEAD})
    now = to_text(stage.world.clock.now())
    for said in ("/gửi lại", "/đồng bộ"):
        there = stage.world.simulators.openapi.messages.receive("oc_1", said).removeprefix("om_")
        content = json.dumps({"text": said})
        sample = stage.samples["message"]
        stage.invoke(_of(sample, there, content=content, sent_at=now, open_id=person))


def _run_every_tool(stage: Stage, forms: dict[str, Any]) -> None:
    """Run every tool for somebody who may everything, as the function's process has them."""
    from larkbridge.agent.speaker import LarkSpeaker
    from larkbridge.agent.tools.tool import Asker, Questions
    from larkbridge.lark.messages import Messages
    from larkbridge.lark.reactions import Reactions
    from larkbridge.routes import Scope
    from larkbridge.settings import ChatAgentSettings
    from larkbridge.store.chat_queue import ChatTurn
    from larkbridge.store.grants import LARK_USER, Owner
    from larkbridge.token_pair import TokenPair
    from larkbridge.wiring.agent_tools import agent_tools
    from larkbridge.wiring.lark import lark_client
    from larkbridge.wiring.parts import Parts
    from larkbridge.wiring.vault import token_vault

    settings, parts, person = ChatAgentSettings(), Parts(), PEOPLE[0].open_id
    vault, owner, now = token_vault(settings.vault, parts), Owner(LARK_USER, person), stage.world.clock.now()
    token = stage.world.simulators.openapi.tokens.user_tokens.issue(person, EVERY_SCOPE)
    vault.keep(owner, TokenPair(token, now + timedelta(hours=2), "", None, tuple(EVERY_SCOPE)))
    client = lark_client(settings.vault.lark, parts, parts.secrets(settings.vault.private_secrets_id))
    given = _GIVEN | forms | _given_what_is_there(client, token, person, stage)
    speaker = LarkSpeaker(Messages(client), Reactions(client), reply_in_thread=True)
    _mirror_a_class(settings.centre.mirror_rows_table, to_text(now))
    (sample,) = stage.samples["message"]["Records"]
    there = stage.world.simulators.openapi.messages.receive("oc_1", "?")
    turn = replace(ChatTurn.from_json(sample["body"]), open_id=person, message_id=there)
    asker = Asker(turn, frozenset(Scope), now, lambda: vault.access_token(owner), questions=Questions())
    with stage.record.recording():
        for tool in agent_tools(settings, client, vault, speaker, parts):
            for arguments in given.get(tool.name, ({},)):
                tool.run(asker, tool.arguments.model_validate(arguments))


def _given_what_is_there(client: Any, token: str, person: str, stage: Stage) -> dict[str, Any]:
    """Put an event and tasks there, and return what the tools are given that change some."""
    from larkbridge.lark.calendar import Calendars
    from larkbridge.lark.calendar_values import NewCalendarEvent
    from larkbridge.lark.task_values import NewTask
    from larkbridge.lark.tasks import Tasks

    calendars, tasks = Calendars(client, token), Tasks(client, stage.world.clock, token, person)
    day = date.fromisoformat(_DAY["start"])
    own, new = calendars.primary(), NewCalendarEvent(summary="Họp", start=day, end=day)
    event_id = calendars.create(own, new, "key of an event").event_id
    guids = [tasks.create(NewTask(summary=f"Gọi {number}"), f"token {number}").guid for number in range(2)]
    tasks.complete(guids[1])
    return {
        "create_event": (_DAY | {"title": "Họp", "guests": [PEOPLE[2].open_id]},),
        "move_event": (_DAY | {"event_id": event_id},),
        "cancel_event": ({"event_id": event_id},),
        "create_task": ({"title": "Gọi"},),
        "change_task": ({"task_id": guids[0], "title": "Nhắn"},),
        "complete_task": ({"task_id": guids[0]},),
        "reopen_task": ({"task_id": guids[1]},),
        "delete_task": ({"task_id": guids[0]},),
    }


def _press_every_card(stage: Stage, person: str) -> None:
    """Agree to everything that is asked, and undo what can be undone."""
    messages = stage.world.simulators.openapi.messages
    for number in range(2):
        for message in [one for one in messages.sent if one.msg_type == "interactive"]:
            for button in buttons(messages.shown(message))[:1]:
                if "pending" in button["value"]:
                    now = to_text(stage.world.clock.now())
                    changes: dict[str, Any] = {"kind": TurnKind.PRESS, "open_id": person, "sent_at": now}
                    pressed = f"{message.message_id} {number}"
                    changes |= {"action": button["value"], "event_id": pressed}
                    sample = stage.samples["message"]
                    stage.invoke(_of(sample, message.message_id.removeprefix("om_"), **changes))


def _mirror_a_class(table_name: str, now: str) -> None:
    from larkbridge.store.mirror_rows import MirrorRow, MirrorRowStore
    from larkbridge.store.table import Table

    row = MirrorRow(
        table="classes",
        record_id="rec1",
        content_hash="1",
        values={"code": "M3A"},
        modified_at=now,
        read_at=now,
        changed_at=now,
    )
    Table(table_name).write(MirrorRowStore(table_name).put_action(row, now, now))


def _ask_the_model(stage: Stage) -> None:
    """Ask what takes a tool, and again with what is remembered; the library calls a server of its own."""
    stage.world.put_secrets(SECRETS | {"ANTHROPIC_API_KEY": "sk-ant-test"})
    api = stage.world.simulators.anthropic
    api.accept(["sk-ant-test"])
    asks = {"round": 0, "calls": [{"name": "now", "input": {}}], "times": 0}
    api.write({"when": "giá", "error": "permission_error"}, asks, {"says": "Chín giờ.", "times": 0})
    with (
        SandboxServer("127.0.0.1", 0, Router(api.routes())).running() as url,
        stage.started(ANTHROPIC_BASE_URL=url),
    ):
        now = to_text(stage.world.clock.now())
        messages = stage.world.simulators.openapi.messages
        for question in ("Mấy giờ rồi?", "Thế bây giờ?", "Học phí giá bao nhiêu?"):
            there = messages.receive("oc_1", question).removeprefix("om_")
            content = json.dumps({"text": question})
            stage.invoke(_of(stage.samples["message"], there, content=content, sent_at=now))
    stage.world.put_secrets(SECRETS)


def _of(sample: Event, number: str, **changes: Any) -> Event:
    (record,) = sample["Records"]
    known = {"message_id": f"om_{number}", "event_id": number} | changes
    turn = replace(ChatTurn.from_json(record["body"]), **known)
    return {"Records": [record | {"body": turn.to_json()}]}
