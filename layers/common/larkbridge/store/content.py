"""The Content table: one item per text that ModelRiver wrote for us.

Keys: `contentId`, which follows from the channel's id; index `newest` (feed, sortKey), all of it in one
partition: 1,000 writes a second. `writtenBy` is the event that it came with. `metadata` is stored as JSON
text, since DynamoDB takes neither every number nor every depth that JSON has.
"""

import json
from collections.abc import Iterator
from typing import Any, NotRequired, TypedDict, cast

from larkbridge.ids import derived_id
from larkbridge.store.table import Record, Table

_FEED = "content"
_OWN = frozenset({"feed", "sortKey", "writtenBy"})
"""Attributes that are no part of a text."""


class Content(TypedDict):
    """One text; `metadata` is plain JSON."""

    contentId: str
    channelId: str
    title: str
    body: str
    category: str
    metadata: dict[str, Any]
    source: str
    createdAt: str
    eventName: NotRequired[str | None]


def content_id(channel_id: str) -> str:
    """Return the id of a channel's one text."""
    return derived_id("content", channel_id)


def sort_key(content: Content) -> str:
    """Return what the list of the newest is in order of."""
    return f"{content['createdAt']}#{content['contentId']}"


class ContentStore:
    """Every access to the Content table."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def add(self, content: Content, written_by: str) -> None:
        """Store a text; the first one of its channel stays, which the event that wrote it may write anew.

        Parameters
        ----------
        written_by
            The event and when it was received: once it is forgotten, its id may come in again.
        """
        record = content | {
            "metadata": json.dumps(content["metadata"], ensure_ascii=False, separators=(",", ":")),
            "feed": _FEED,
            "sortKey": sort_key(content),
            "writtenBy": written_by,
        }
        condition = "attribute_not_exists(contentId) OR writtenBy = :writer"
        self._table.put_if(record, condition, {"writer": written_by})

    def of_channel(self, channel_id: str) -> Content | None:
        """Return a channel's text, read consistently."""
        record = self._table.get({"contentId": content_id(channel_id)})
        return _content(record) if record else None

    def newest(self, before: str | None) -> Iterator[Content]:
        """Yield the texts, newest first; with `before`, a sort key, only older ones."""
        bound = None if before is None else ("sortKey", before)
        return map(_content, self._table.query("newest", ("feed", _FEED), bound, newest_first=True))


def _content(record: Record) -> Content:
    shown = {name: value for name, value in record.items() if name not in _OWN}
    return cast("Content", shown | {"metadata": json.loads(record["metadata"])})
