"""Callbacks wait for their API key instead of using their attempts up."""

from tests.support.aws import SECRETS
from tests.support.output import captured
from tests.support.world import World

WRITTEN = {
    "type": "task.ai_generated",
    "channel_id": "c-1",
    "ai_response": {"data": {"title": "Bài"}},
    "callback_url": "https://api.modelriver.com/v1/callback/c-1",
}
WITHOUT_KEY = {name: value for name, value in SECRETS.items() if name != "MODELRIVER_API_KEY"}


def deliveries(world: World) -> list[tuple[str, int]]:
    items = world.call_admin("GET /v1/deliveries").body["items"]
    return [(item["status"], item["attemptCount"]) for item in items]


def test_callback_without_an_api_key_waits_and_is_sent_once_there_is_one(world: World) -> None:
    world.put_secrets(WITHOUT_KEY)
    assert world.webhook("modelriver", WRITTEN).status == 200
    with captured() as output:
        world.wake()
        for _ in range(3):
            world.clock.advance(minutes=1)
            world.sweep()
    assert deliveries(world) == [("pending", 0)]
    assert output.logged("delivery attempted") == []
    world.put_secrets(SECRETS)
    with captured() as output:
        world.sweep()
    assert [line["attempt"] for line in output.logged("delivery attempted")] == [1]
