"""Control routes of chats: where tests and the demo do what people do, and see what people see."""

from sandbox.lark.base_control import CONTROL
from sandbox.lark.chat_view import ChatView
from sandbox.lark.chats import Chats, Group
from sandbox.lark.envelope import RefusedError
from sandbox.records import items_reply
from sandbox.routing import FieldError, Handler, Reply, Request, Route, json_reply

CHATS = f"{CONTROL}/chats"
CHAT = f"{CHATS}/{{chat_id}}"


def chat_control_routes(chats: Chats, view: ChatView) -> list[Route]:
    """Return the control routes."""

    def make(request: Request) -> Reply:
        document = request.json_object()
        members = document.get("members")
        if not isinstance(members, list) or not all(isinstance(one, str) for one in members):
            raise FieldError("members", "must be a list of texts")
        chat_id = request.params["chat_id"]
        chats.groups[chat_id] = Group(chat_id, _text(request, "name"), members)
        return Reply(204)

    def say(request: Request) -> Reply:
        return json_reply(200, {"messageId": _say(chats, request)})

    return [
        *_act_routes(chats),
        Route("PUT", CHAT, make),
        Route("POST", f"{CHAT}/say", _answered(say)),
        Route("GET", CHAT, lambda request: items_reply(view.lines(request.params["chat_id"]))),
    ]


def _say(chats: Chats, request: Request) -> str:
    chat_id, open_id = request.params["chat_id"], _text(request, "openId")
    document = request.json_object()
    reply_to = _text(request, "replyTo") if "replyTo" in document else ""
    if "content" not in document:
        return chats.say(chat_id, open_id, _text(request, "text"), reply_to=reply_to)
    if not isinstance(document["content"], dict):
        raise FieldError("content", "must be a JSON object")
    return chats.send(chat_id, open_id, _text(request, "type"), document["content"], reply_to=reply_to)


def _act_routes(chats: Chats) -> list[Route]:
    def enter(request: Request) -> Reply:
        chats.enter(_text(request, "openId"))
        return Reply(204)

    def choose(request: Request) -> Reply:
        chats.choose(_text(request, "openId"), _text(request, "key"))
        return Reply(204)

    def press(request: Request) -> Reply:
        given = (_text(request, name) for name in ("openId", "messageId", "label"))
        return json_reply(200, {"status": chats.press(*given)})

    def recall(request: Request) -> Reply:
        chats.recall(_text(request, "messageId"))
        return Reply(204)

    acts = {"enter": enter, "menu": choose, "press": press, "recall": recall}
    return [Route("POST", f"{CHATS}/{name}", _answered(act)) for name, act in acts.items()]


def _answered(handler: Handler) -> Handler:
    """Answer what a chat does not allow with 400."""

    def handle(request: Request) -> Reply:
        try:
            return handler(request)
        except RefusedError as error:
            return json_reply(400, {"error": "refused", "message": error.message, "code": error.code})

    return handle


def _text(request: Request, name: str) -> str:
    value = request.json_object().get(name)
    if not isinstance(value, str) or not value:
        raise FieldError(name, "must be a text")
    return value
