"""Control routes of messages: where tests write and recall as people do, and see what the bot said."""

from sandbox.lark.base_control import CONTROL
from sandbox.lark.messages import MessageBox
from sandbox.lark.platform import Platform
from sandbox.lark.reactions import Reactions
from sandbox.records import items_reply, record_routes
from sandbox.routing import FieldError, Reply, Request, Route, json_reply

MESSAGES = f"{CONTROL}/messages"
RECEIVED = f"{MESSAGES}/received"
CONDITIONS = f"{MESSAGES}/conditions"


def message_control_routes(box: MessageBox, reactions: Reactions, platform: Platform) -> list[Route]:
    """Return the control routes of messages and reactions."""

    def receive(request: Request) -> Reply:
        document = request.json_object()
        chat_id, text, sender = (document.get(name) for name in ("chatId", "text", "sender"))
        if not isinstance(chat_id, str) or not isinstance(text, str):
            raise FieldError("chatId" if not isinstance(chat_id, str) else "text", "must be a text")
        fields = {"sender": sender} if isinstance(sender, str) and sender else {}
        return json_reply(200, {"messageId": box.receive(chat_id, text, **fields)})

    def recall(request: Request) -> Reply:
        box.recalled.add(request.params["message_id"])
        return Reply(204)

    def read(_: Request) -> Reply:
        conditions = {"refusals": box.refusals, "threadless": sorted(box.threadless), "audits": box.audits}
        return json_reply(200, conditions)

    def change(request: Request) -> Reply:
        for name, value in request.json_object().items():
            _change(box, name, value)
        return read(request)

    return [
        *record_routes(f"{MESSAGES}/sent", lambda _: box.sent),
        Route("GET", f"{CONTROL}/reactions", lambda _: items_reply(list(reactions.all))),
        platform.control("PUT", RECEIVED, receive),
        platform.control("DELETE", f"{RECEIVED}/{{message_id}}", recall),
        Route("GET", CONDITIONS, read),
        platform.control("PUT", CONDITIONS, change),
    ]


def _change(box: MessageBox, name: str, value: object) -> None:
    match name, value:
        case "audits", bool():
            box.audits = value
        case "threadless", list() if all(isinstance(one, str) for one in value):
            box.threadless = set(value)
        case "refusals", dict() if all(type(code) is int for code in value.values()):
            box.refusals = value
        case _:
            raise FieldError(name, "is no condition, or has another form")
