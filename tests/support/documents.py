"""What each provider sends, as its documentation shows it, about people who do not exist."""

import random
import string
from typing import Any

CREATED = 1_788_228_000
"""The tests' beginning of time, in unix seconds."""

SESSION: dict[str, Any] = {
    "id": "cs_1",
    "object": "checkout.session",
    "created": CREATED,
    "amount_total": 1_990_000,
    "currency": "vnd",
    "customer": "cus_1",
    "subscription": "sub_1",
    "customer_details": {"email": "an@example.com", "name": None},
    "customer_email": None,
    "payment_status": "paid",
}
SUBSCRIPTION: dict[str, Any] = {
    "id": "sub_1",
    "object": "subscription",
    "created": CREATED,
    "customer": "cus_1",
    "status": "active",
    "cancel_at_period_end": False,
    "ended_at": None,
    "items": {
        "object": "list",
        "data": [
            {"id": "si_1", "price": {"id": "price_1"}, "current_period_end": CREATED + 100},
            {"id": "si_2", "price": {"id": "price_2"}, "current_period_end": CREATED + 200},
        ],
    },
}
USER: dict[str, Any] = {
    "id": "user_1",
    "object": "user",
    "first_name": "Minh An",
    "last_name": "Nguyễn",
    "username": "minh-an",
    "primary_email_address_id": "idn_2",
    "email_addresses": [
        {"id": "idn_1", "email_address": "old@example.com"},
        {"id": "idn_2", "email_address": "an@example.com"},
    ],
    "created_at": CREATED * 1000 + 123,
    "updated_at": CREATED * 1000 + 123,
}
WRITTEN: dict[str, Any] = {
    "title": "Ba bước tới điểm A",
    "description": "Luyện tập mỗi ngày.",
    "tags": ["học", 1.5, None],
}
TASK: dict[str, Any] = {
    "type": "task.ai_generated",
    "event": "new_post",
    "channel_id": "channel-1",
    "ai_response": {"data": WRITTEN},
    "callback_url": "https://api.modelriver.com/v1/callback/channel-1",
    "callback_required": True,
    "customer_data": {"category": "blog", "lesson": 7},
    "meta": {"provider": "one", "model": "two", "tokens": 100},
    "timestamp": "2026-09-01T02:00:00Z",
}
RECEIPT: dict[str, Any] = {
    "event_name": "user_received_message",
    "recipient": {"id": "84900000000"},
    "message": {"delivery_time": "1788228060456", "msg_id": "m1", "tracking_id": "not ours"},
}
CLICK: dict[str, Any] = {
    "app_token": "app_1",
    "table_id": "tbl_1",
    "record_id": "rec_1",
    "button_id": "btn_1",
    "user_id": "ou_1",
    "timestamp": "1788228000000",
    "token": "not to be passed on",
}


def stripe_document(kind: str, state: Any, at: Any = CREATED) -> dict[str, Any]:
    """Return an event of Stripe's about something in a state."""
    return {"id": "evt_1", "object": "event", "type": kind, "created": at, "data": {"object": state}}


def clerk_document(kind: str, user: Any) -> dict[str, Any]:
    """Return an event of Clerk's."""
    return {"type": kind, "object": "event", "data": user}


def noise(length: int) -> str:
    """Return printable ASCII that compresses by a sixth at most, the same each time."""
    characters = string.digits + string.ascii_letters + " !#$%&()*+,-./:;<=>?@[]^_{|}~"
    return "".join(random.Random(0).choices(characters, k=length))


def order(size: int) -> dict[str, Any]:
    """Return an object of about so many bytes of JSON, which compresses as a shop's orders do."""
    rng = random.Random(0)
    items = [
        {
            "id": f"gid://shop/LineItem/{rng.getrandbits(48)}",
            "name": f"{rng.choice(NAMES)} {rng.choice(NAMES)}",
            "price": f"{rng.randrange(1, 900)}000.00",
            "quantity": rng.randrange(9),
            "sku": None,
            "created_at": f"2026-09-01T{rng.randrange(24):02}:00:00+07:00",
            "requires_shipping": False,
            "vendor": "Trung tâm",
        }
        for _ in range(size // 215)
    ]
    return {"line_items": items}


NAMES = ("Toán", "Tiếng Anh", "Hóa học", "nâng cao", "cơ bản", "buổi tối", "cuối tuần", "luyện thi")
