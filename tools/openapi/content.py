"""Content and users."""

from larkbridge.admin.requests import Page
from tools.openapi.refusals import KEY
from tools.openapi.schema import (
    MOMENT,
    OBJECT,
    TEXT,
    UUID,
    Operations,
    Schema,
    answer,
    described,
    nullable,
    operation,
    page_of,
    path,
    query,
    record,
    reference,
)

ONE = (*KEY, "NotFound")

SCHEMAS: dict[str, Schema] = {
    "Content": record(
        {
            "contentId": UUID,
            "channelId": TEXT,
            "eventName": nullable(TEXT),
            "title": TEXT,
            "body": TEXT,
            "category": TEXT,
            "metadata": OBJECT,
            "source": TEXT,
            "createdAt": MOMENT,
        }
    ),
    "ContentPage": page_of("Content"),
    "User": record(
        {
            "userId": described(TEXT, "Clerk's id of the user."),
            "name": nullable(TEXT),
            "email": nullable(TEXT),
            "createdAt": nullable(MOMENT),
            "updatedAt": nullable(MOMENT),
        }
    ),
}

OPERATIONS: Operations = {
    "GET /v1/content": operation(
        "listContent",
        "What ModelRiver wrote, newest first",
        tag="content",
        parameters=query(Page),
        success=answer("One page.", reference("ContentPage")),
        refusals=(*KEY, "BadRequest"),
    ),
    "GET /v1/content/channel/{channelId}": operation(
        "getContentOfChannel",
        "What ModelRiver wrote for one channel",
        tag="content",
        parameters=[path("channelId", "The channel's id at ModelRiver.")],
        success=answer("The content.", reference("Content")),
        refusals=ONE,
    ),
    "GET /v1/users/{userId}": operation(
        "getUser",
        "One user, as Clerk reported it last; a deleted one is a 404",
        tag="users",
        parameters=[path("userId", "Clerk's id of the user.")],
        success=answer("The user.", reference("User")),
        refusals=ONE,
    ),
}
