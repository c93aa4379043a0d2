"""What an answer of Lark means, by its error code: what it means here, and the platform's own words.

Lark sends most of its error codes with HTTP 200, so the body decides before the status does.

The lists are the files of ``code_lists/``, one for each family, each naming the pages that publish its codes.
They are read when the first code other than 0 comes: a call that succeeds needs none of them.

What a person can mend for the whole app or workflow (switched off, a credential, the IP list) is retried: the
call is good, and mending it must be enough. What is wrong with one call, such as a missing record or
permission, is refused for good. For a token that is invalid the client fetches another, once.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from larkbridge.work.outcome import RATE_LIMITED, Verdict

ANSWER_TOO_LARGE = "answer_too_large"
BAD_APP_CREDENTIAL = "bad_app_credential"
BAD_PARAMETER = "bad_parameter"
BATCH_TOO_LARGE = "batch_too_large"
CALENDAR_NOT_FOUND = "calendar_not_found"
CLIENT_TOKEN_CONFLICT = "client_token_conflict"  # noqa: S105
FIELD_NOT_FOUND = "field_not_found"
MESSAGE_RECALLED = "message_recalled"
NO_PERMISSION = "no_permission"
REACTION_NOT_FOUND = "reaction_not_found"
RECEIVER_UNAVAILABLE = "receiver_unavailable"
RECORD_NOT_FOUND = "record_not_found"
REFRESH_DISABLED = "refresh_disabled"
REFRESH_TOKEN_INVALID = "refresh_token_invalid"  # noqa: S105
TABLE_FULL = "table_full"
TASK_NOT_FOUND = "task_not_found"
TOKEN_INVALID = "token_invalid"  # noqa: S105
WRITE_CONFLICT = "write_conflict"

ROW_REASONS = frozenset(
    {"bad_body", BAD_PARAMETER, "cell_too_large", "empty_value", "id_of_another_app", "wrong_field_type"}
)
"""Why a batch is refused for the values of one of its rows."""

CODE_LISTS = Path(__file__).with_name("code_lists")


class Meaning(NamedTuple):
    """What an answer means; `words` are the platform's own."""

    verdict: Verdict
    reason: str
    words: str = ""


ACCEPTED = Meaning(Verdict.OK, "accepted")
UNKNOWN_CODE = Meaning(Verdict.RETRY, "unknown_code")
VALUE_CODES = range(1254060, 1254100)
"""Where Lark numbers what is wrong with a cell; not all of them are published."""
UNKNOWN_VALUE = Meaning(Verdict.REJECT, "wrong_field_type")

HTTP_STATUSES: Mapping[int, Meaning] = {
    400: Meaning(Verdict.REJECT, "http_400"),
    413: Meaning(Verdict.REJECT, "body_too_large"),
    415: Meaning(Verdict.REJECT, "http_415"),
    429: Meaning(Verdict.RETRY, RATE_LIMITED),
    503: Meaning(Verdict.RETRY, "http_503"),
}


@cache
def known_codes() -> Mapping[int, Meaning]:
    """Return the meaning of every listed code, of all families."""
    return {
        int(code): Meaning(Verdict(verdict), reason, words)
        for path in CODE_LISTS.glob("*.json")
        for page in json.loads(path.read_bytes())
        for code, (verdict, reason, words) in page["codes"].items()
    }


def meaning_of(status: int, code: int | None) -> Meaning:
    """Return what an answer means.

    Parameters
    ----------
    status
        The HTTP status.
    code
        The body's `code`, None when the body has none.
    """
    if code == 0 and status == 200:
        return ACCEPTED
    if not code:
        return _meaning_of_status(status)
    return known_codes().get(code) or _meaning_of_unlisted(status, code)


def _meaning_of_unlisted(status: int, code: int) -> Meaning:
    """Return what a code means that no list has: what its HTTP status says, where that says anything.

    Lark sends 200 and 400 with codes of every kind, of what passes too.
    """
    if code in VALUE_CODES:
        return UNKNOWN_VALUE
    return UNKNOWN_CODE if status in (200, 400) else _meaning_of_status(status)


def _meaning_of_status(status: int) -> Meaning:
    if status in HTTP_STATUSES:
        return HTTP_STATUSES[status]
    if 300 <= status < 500:
        return Meaning(Verdict.RETRY, f"http_{status}")
    # 200 without a code, or a server that failed half-way: it may have been accepted.
    return Meaning(Verdict.UNKNOWN, f"http_{status}")
