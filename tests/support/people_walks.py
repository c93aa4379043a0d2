"""Down every path on which people connect their Lark account."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from larkbridge.people.connecting import Connecting
from larkbridge.store.connect_requests import ConnectRequestStore
from sandbox.faults import Fault
from sandbox.routing import Router
from tests.support.connecting import question
from tests.support.lark_accounts import MANAGER, PERSON, READ_TASKS, opened, press, sent_back
from tests.support.observed import REDIRECT_URI, Event, Stage


def walk_authorize_user(stage: Stage) -> None:
    """Open a link, press, and come back: agreed, as somebody else, refused, twice, with Lark down, forged."""
    openapi = stage.world.simulators.openapi
    openapi.accounts.redirect_uris.add(REDIRECT_URI)
    with stage.started():
        for event in stage.samples.values():
            stage.invoke(event)
        for person, answer in ((PERSON, "agree"), (MANAGER, "agree"), (PERSON, "refuse")):
            back = _returned(stage, person, answer)
            for _ in range(2):
                stage.invoke(back)
        openapi.faults["contacts"].set(Fault("down"))
        for area in ("accounts/token", "accounts/user-info", "messages"):
            back = _returned(stage, PERSON, "agree")
            openapi.faults[area].set(Fault("down"))
            for _ in range(2):
                stage.invoke(back)
            openapi.faults[area].clear()


def _returned(stage: Stage, open_id: str, answer: str) -> Event:
    """Return the request of a person who has pressed our button and Lark's."""
    world = stage.world
    requests = ConnectRequestStore(world.environ["CONNECT_REQUESTS_TABLE"])
    link = Connecting(requests, REDIRECT_URI, world.clock).ask(question(world.clock), [READ_TASKS])
    t = dict(parse_qsl(urlsplit(link).query))["t"]
    stage.invoke(stage.samples["start"] | {"queryStringParameters": {"t": t}})
    pressed = stage.samples["set_out"] | {"body": urlencode({"t": t}), "isBase64Encoded": False}
    location = stage.invoke(pressed)["headers"]["location"]
    router = Router(world.simulators.routes())
    back = sent_back(press(router, opened(router, location), open_id, answer))
    return stage.samples["come_back"] | {"queryStringParameters": back}
