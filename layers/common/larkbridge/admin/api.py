"""The admin API's routes. API Gateway has matched the route and its parameters already."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from larkbridge import __version__, aws
from larkbridge.admin.access import authenticate
from larkbridge.admin.requests import ListSubmissions, RetrySubmissions
from larkbridge.admin.submissions import Filter, Submissions
from larkbridge.clock import Clock, SystemClock
from larkbridge.errors import NotFoundError
from larkbridge.outbox import breaker
from larkbridge.settings import Settings
from larkbridge.store.api_keys import ApiKeyStore
from larkbridge.store.destinations import LARK_FORMS, DestinationStore
from larkbridge.store.submissions import LarkStatus, SubmissionStore
from larkbridge.web import Response, endpoint, read_fields, read_request, respond

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

type Event = Mapping[str, Any]


class AdminApi:
    """Answers every route of the admin API, and `GET /health`, which asks for no key.

    Raises
    ------
    MissingSettingError
        When the environment lacks a table.
    """

    def __init__(self, settings: Settings | None = None, clock: Clock | None = None) -> None:
        settings = settings or Settings()
        self._clock = clock or SystemClock()
        self._keys = ApiKeyStore(settings.api_keys_table)
        self._destinations = DestinationStore(settings.destinations_table)
        self._submissions = Submissions(SubmissionStore(settings.submissions_table), self._clock)
        self._routes: dict[str, Callable[[Event], dict[str, Any]]] = {
            "GET /v1/submissions": self._list,
            "GET /v1/submissions/{submissionId}": self._get,
            "POST /v1/submissions/{submissionId}/retry": self._retry,
            "POST /v1/submissions/retry": self._retry_all,
        }
        aws.client("dynamodb")

    def handler(self) -> Callable[..., Response]:
        """Return the Lambda handler."""
        return endpoint(self._handle)

    def _handle(self, event: Event, _: Any) -> Response:
        if event.get("routeKey") == "GET /health":
            return respond(200, self._health())
        authenticate(read_request(event).headers, self._keys, self._clock)
        route = self._routes.get(event.get("routeKey", ""))
        if route is None:
            raise NotFoundError("there is no such route")
        return respond(200, route(event))

    def _health(self) -> dict[str, Any]:
        state = self._destinations.get(LARK_FORMS)
        lark = "circuit_open" if breaker.is_open(state, self._clock.now()) else "ok"
        return {"ok": True, "version": __version__, "larkForms": lark}

    def _list(self, event: Event) -> dict[str, Any]:
        query = ListSubmissions.read(event.get("queryStringParameters") or {})
        wanted = Filter(form_type=query.form_type, lark_status=query.lark_status)
        return self._submissions.page(wanted, query.limit, query.cursor)

    def _get(self, event: Event) -> dict[str, Any]:
        return self._submissions.detail(_submission_id(event))

    def _retry(self, event: Event) -> dict[str, Any]:
        return self._submissions.retry(_submission_id(event))

    def _retry_all(self, event: Event) -> dict[str, Any]:
        asked = RetrySubmissions.read(read_fields(read_request(event)))
        status = asked.lark_status and LarkStatus(asked.lark_status)
        wanted = Filter(form_type=asked.form_type, lark_status=status)
        if asked.dry_run:
            return {"dryRun": True, "matched": self._submissions.count_retryable(wanted, asked.cursor)}
        return {"dryRun": False} | self._submissions.retry_all(wanted, asked.limit, asked.cursor)


def _submission_id(event: Event) -> str:
    submission_id = event["pathParameters"]["submissionId"]
    if not _UUID.fullmatch(submission_id):
        raise NotFoundError("there is no such submission")
    return submission_id
