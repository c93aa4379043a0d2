"""Down every path of the chat agent, and of what is handed over to it."""

import json
from dataclasses import replace

from larkbridge.agent.commands import Command
from larkbridge.clock import to_text
from larkbridge.store.chat_queue import ChatTurn
from tests.support import chat_documents as lark
from tests.support.observed import Event, Stage
from tests.support.world import World


def receive_chat_events(world: World, name: str) -> None:
    """Let people do everything that they can in a chat."""
    at = world.clock.timestamp()
    for signer, document in (
        ("lark", lark.message("/stop", at=at, message_id=f"om_{name}", event_id=f"stop-{name}")),
        ("lark", lark.recalled(f"om_{name}", at=at, event_id=f"recall-{name}")),
        ("lark-card", lark.press({"larkbridge": "help"}, at=at, event_id=f"press-{name}")),
    ):
        assert world.webhook(signer, document).status == 200


def walk_chat_agent(stage: Stage) -> None:
    """Answer a message, once more, and one that was given up; obey every command."""
    with stage.started(LARK_OAUTH_REDIRECT_URI="https://larkbridge.test/oauth/callback"):
        for sample in stage.samples.values():
            stage.invoke(_of(sample, "1"))
        stage.invoke(_of(stage.samples["given_up"], "2"))
        now = to_text(stage.world.clock.now())
        for command in Command:
            there = stage.world.simulators.openapi.messages.receive("oc_1", f"/{command}").removeprefix("om_")
            content = json.dumps({"text": f"/{command}"})
            stage.invoke(_of(stage.samples["message"], there, content=content, sent_at=now))


def _of(sample: Event, number: str, **changes: str) -> Event:
    (record,) = sample["Records"]
    turn = replace(ChatTurn.from_json(record["body"]), message_id=f"om_{number}", event_id=number, **changes)
    return {"Records": [record | {"body": turn.to_json()}]}
