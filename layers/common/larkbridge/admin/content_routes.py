"""The texts that ModelRiver wrote for us."""

import json
from typing import Any, TypedDict

from larkbridge.admin.paging import PAGE_LENGTH, Scan, from_cursor
from larkbridge.admin.requests import Page
from larkbridge.clock import Clock
from larkbridge.errors import NotFoundError
from larkbridge.routes import Answer, Call, Parameter, Route, Scope
from larkbridge.settings import AdminApiSettings
from larkbridge.shapes import Cursor, JsonObject, Moment, Uuid
from larkbridge.store.content import Content, ContentStore, sort_key


class ShownContent(TypedDict):
    contentId: Uuid
    channelId: str
    eventName: str | None
    title: str
    body: str
    category: str
    metadata: JsonObject
    source: str
    createdAt: Moment


class ContentPage(TypedDict):
    items: list[ShownContent]
    cursor: Cursor


class Contents:
    """Serves the routes under /v1/content."""

    def __init__(self, settings: AdminApiSettings, _: Clock) -> None:
        self._store = ContentStore(settings.content_table)

    def page(self, call: Call[Page]) -> dict[str, Any]:
        found = self._store.newest(from_cursor(call.query.cursor))
        scan = Scan(found, sort_key, limit=call.query.limit)
        items, length = [], 0
        for content in scan:
            items.append(_shown(content))
            length += len(json.dumps(items[-1]))
            if length > PAGE_LENGTH:
                break
        return {"items": items, "cursor": scan.cursor()}

    def of_channel(self, call: Call) -> ShownContent:
        content = self._store.of_channel(call.ids["channelId"])
        if content is None:
            raise NotFoundError("there is no content of this channel")
        return _shown(content)


ROUTES = (
    Route(
        "GET",
        "/v1/content",
        Scope.READ,
        name="listContent",
        summary="What ModelRiver wrote, newest first",
        tag="content",
        query=Page,
        answer=Answer(ContentPage, "One page."),
        handle=Contents.page,
    ),
    Route(
        "GET",
        "/v1/content/channel/{channelId}",
        Scope.READ,
        name="getContentOfChannel",
        summary="What ModelRiver wrote for one channel",
        tag="content",
        parameters=(Parameter("channelId", "The channel's id at ModelRiver."),),
        answer=Answer(ShownContent, "The content."),
        handle=Contents.of_channel,
    ),
)


def _shown(content: Content) -> ShownContent:
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
