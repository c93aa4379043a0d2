"""A storm of webhooks: events of several sources, and what must be true of the world when it is over."""

import random
import uuid
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Stormy:
    """One event of the storm; `times` is how often it is sent."""

    signer: str
    document: dict[str, Any]
    times: int


@dataclass
class Storm:
    """Events, and what they must lead to.

    `payments` maps a session to its amount, `subscriptions` an id to its last status, `users` an id to its
    last e-mail address; `channels` must each be called back.
    """

    events: list[Stormy] = field(default_factory=list)
    payments: dict[str, int] = field(default_factory=dict)
    subscriptions: dict[str, str] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)
    channels: list[str] = field(default_factory=list)

    def requests(self, rng: random.Random) -> list[Stormy]:
        """Return every request of the storm, repetitions included, in no order."""
        requests = [event for event in self.events for _ in range(event.times)]
        rng.shuffle(requests)
        return requests


def storm(size: int, rng: random.Random, callback_origin: str, lark_token: str) -> Storm:
    """Return a storm of `size` events."""
    made = Storm()
    makers = [_payment] * 6 + [_subscription] * 5 + [_user] * 4 + [_content] * 2 + [_message] * 3
    for number in range(size):
        signer, document = rng.choice(makers)(made, number, callback_origin, lark_token)
        made.events.append(Stormy(signer, document, rng.randint(1, 4)))
    return made


def _stripe(kind: str, number: int, fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    document = {"id": f"evt_{uuid.uuid4().hex}", "object": "event", "type": kind, "created": number}
    return "stripe", document | {"data": {"object": fields | {"customer": "cus_1", "created": number}}}


def _payment(made: Storm, number: int, *_: str) -> tuple[str, dict[str, Any]]:
    session = f"cs_{uuid.uuid4().hex}"
    made.payments[session] = number
    fields = {"id": session, "amount_total": number, "currency": "vnd", "payment_status": "paid"}
    return _stripe("checkout.session.completed", number, fields)


def _subscription(made: Storm, number: int, *_: str) -> tuple[str, dict[str, Any]]:
    subscription = f"sub_storm_{number % 40}"
    made.subscriptions[subscription] = f"status-{number}"
    fields = {"id": subscription, "status": f"status-{number}"}
    return _stripe("customer.subscription.updated", number, fields)


def _user(made: Storm, number: int, *_: str) -> tuple[str, dict[str, Any]]:
    user, address = f"user_storm_{number % 30}", f"{number}@giadinh.example"
    made.users[user] = address
    data = {
        "id": user,
        "created_at": 1,
        "updated_at": number,
        "primary_email_address_id": "idn_1",
        "email_addresses": [{"id": "idn_1", "email_address": address}],
    }
    return "clerk", {"type": "user.updated", "object": "event", "data": data, "timestamp": number}


def _content(made: Storm, number: int, callback_origin: str, _: str) -> tuple[str, dict[str, Any]]:
    channel = uuid.uuid4().hex
    made.channels.append(channel)
    document = {"type": "task.ai_generated", "event": "storm", "channel_id": channel}
    response = {"ai_response": {"data": {"title": f"Bài {number}"}}}
    return "modelriver", document | response | {"callback_url": f"{callback_origin}/v1/callback/{channel}"}


def _message(_: Storm, number: int, __: str, token: str) -> tuple[str, dict[str, Any]]:
    header = {"event_type": "im.message.receive_v1", "token": token, "app_id": "cli_local"}
    message = {"message_id": f"om_{uuid.uuid4().hex}", "content": f'{{"text": "{number}"}}'}
    event = {"sender": {"sender_type": "app"}, "message": message}
    return "lark", {"schema": "2.0", "header": header | {"event_id": uuid.uuid4().hex}, "event": event}
