"""The texts that ModelRiver wrote for us."""

import json
from typing import Any

from larkbridge.admin import cursor as cursors
from larkbridge.admin.call import Call, Routes
from larkbridge.admin.paging import Scan
from larkbridge.admin.requests import Page
from larkbridge.clock import Clock
from larkbridge.errors import NotFoundError
from larkbridge.settings import Settings
from larkbridge.store.content import Content, ContentStore, sort_key

PAGE_LENGTH = 1_000_000
"""Characters of text after which a page ends: a Lambda may answer with 6 MB."""


def content_routes(settings: Settings, _: Clock) -> Routes:
    """Return the routes under /v1/content."""
    store = ContentStore(settings.required("CONTENT_TABLE"))

    def newest(call: Call) -> dict[str, Any]:
        asked = Page.read(call.query)
        scan = Scan(store.newest(cursors.decode(asked.cursor)), sort_key, limit=asked.limit)
        items, length = [], 0
        for content in scan:
            items.append(_shown(content))
            length += len(json.dumps(items[-1]))
            if length > PAGE_LENGTH:
                break
        return {"items": items, "cursor": scan.cursor()}

    def of_channel(call: Call) -> dict[str, Any]:
        content = store.of_channel(call.path("channelId"))
        if content is None:
            raise NotFoundError("there is no content of this channel")
        return _shown(content)

    return {
        "GET /v1/content": newest,
        "GET /v1/content/channel/{channelId}": of_channel,
    }


def _shown(content: Content) -> dict[str, Any]:
    return {
        "contentId": content["contentId"],
        "channelId": content["channelId"],
        "eventName": content.get("eventName"),
        "title": content["title"],
        "body": content["body"],
        "category": content["category"],
        "metadata": content["metadata"],
        "source": content["source"],
        "createdAt": content["createdAt"],
    }
