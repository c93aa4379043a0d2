"""What an answer of Lark means: the one table of its error codes, and the errors they become.

Codes as published in Lark's help centre for the trigger "When a webhook is received", and in its open
platform's documentation: "Server error codes", "Rate limits", and the page of each Base and message API.
Lark sends most of them with HTTP 200, so the body decides before the status does. What a person can mend for
the whole app or workflow (switched off, a credential, the IP list) is retried: the call is good, and mending
it must be enough. What is wrong with one call, such as a missing record or permission, is refused for good.
"""

from larkbridge.errors import LarkbridgeError
from larkbridge.outcome import RATE_LIMITED, Outcome, Verdict

OK, RETRY, REJECT, UNKNOWN = Verdict.OK, Verdict.RETRY, Verdict.REJECT, Verdict.UNKNOWN

NO_PERMISSION = "no_permission"
RECORD_NOT_FOUND = "record_not_found"
TOKEN_INVALID = "token_invalid"  # noqa: S105

WORKFLOW_CODES: dict[int, tuple[Verdict, str]] = {
    0: (OK, "accepted"),
    800004509: (RETRY, "workflow_disabled"),
    800005646: (REJECT, "self_call_loop"),
    800005647: (REJECT, "body_too_large"),
    800005649: (RETRY, "bad_credential"),
    800005650: (RETRY, "ip_not_allowed"),
    800005652: (RETRY, RATE_LIMITED),
    800006003: (REJECT, "body_not_json"),
}

PLATFORM_CODES: dict[int, tuple[Verdict, str]] = {
    99991400: (RETRY, RATE_LIMITED),
    99991401: (RETRY, "ip_not_allowed"),
    99991543: (RETRY, "bad_app_credential"),
    99991661: (RETRY, TOKEN_INVALID),
    99991662: (RETRY, "app_disabled"),
    99991663: (RETRY, TOKEN_INVALID),
    99991664: (RETRY, TOKEN_INVALID),
    99991665: (RETRY, TOKEN_INVALID),
    99991668: (RETRY, TOKEN_INVALID),
    99991669: (REJECT, "refresh_token_invalid"),
    99991671: (RETRY, TOKEN_INVALID),
    99991672: (REJECT, NO_PERMISSION),
    99991673: (RETRY, "app_unavailable"),
    99991676: (REJECT, NO_PERMISSION),
    99991677: (RETRY, TOKEN_INVALID),
    99991679: (REJECT, NO_PERMISSION),
    99992361: (REJECT, "id_of_another_app"),
    99992402: (REJECT, "bad_parameter"),
}

BASE_CODES: dict[int, tuple[Verdict, str]] = {
    1254000: (REJECT, "bad_body"),
    1254001: (REJECT, "bad_body"),
    1254002: (RETRY, "failed"),
    1254003: (REJECT, "base_not_found"),
    1254004: (REJECT, "table_not_found"),
    1254005: (REJECT, "view_not_found"),
    1254006: (REJECT, RECORD_NOT_FOUND),
    1254007: (REJECT, "empty_value"),
    1254010: (REJECT, "bad_body"),
    1254015: (REJECT, "wrong_field_type"),
    1254018: (REJECT, "bad_filter"),
    1254024: (REJECT, "bad_field_names"),
    1254036: (RETRY, "base_copying"),
    1254037: (REJECT, "bad_client_token"),
    1254040: (REJECT, "base_not_found"),
    1254041: (REJECT, "table_not_found"),
    1254042: (REJECT, "view_not_found"),
    1254043: (REJECT, RECORD_NOT_FOUND),
    1254044: (REJECT, "field_not_found"),
    1254045: (REJECT, "field_not_found"),
    **dict.fromkeys([*range(1254060, 1254070), 1254072, 1254074], (REJECT, "wrong_field_type")),
    **dict.fromkeys(range(1254100, 1254110), (REJECT, "limit_exceeded")),
    1254130: (REJECT, "cell_too_large"),
    1254290: (RETRY, RATE_LIMITED),
    1254291: (RETRY, "write_conflict"),
    1254301: (REJECT, NO_PERMISSION),
    1254302: (REJECT, NO_PERMISSION),
    1254304: (REJECT, NO_PERMISSION),
    1254306: (REJECT, "limit_exceeded"),
    1254607: (RETRY, "data_not_ready"),
    1254608: (RETRY, "write_conflict"),
    1255001: (UNKNOWN, "internal_error"),
    1255002: (UNKNOWN, "internal_error"),
    1255006: (REJECT, "client_token_conflict"),
    1255040: (UNKNOWN, "timed_out"),
}

MESSAGE_CODES: dict[int, tuple[Verdict, str]] = {
    230001: (REJECT, "bad_parameter"),
    230002: (REJECT, "bot_not_in_chat"),
    230006: (RETRY, "bot_disabled"),
    230011: (REJECT, "message_recalled"),
    230013: (REJECT, "receiver_unavailable"),
    230020: (RETRY, RATE_LIMITED),
    230025: (REJECT, "message_too_long"),
    230027: (REJECT, NO_PERMISSION),
    230034: (REJECT, "receiver_unavailable"),
    230035: (REJECT, NO_PERMISSION),
    230049: (RETRY, "being_sent"),
    230053: (REJECT, "receiver_unavailable"),
    230099: (REJECT, "bad_card"),
    232009: (REJECT, "receiver_unavailable"),
}

CODES = WORKFLOW_CODES | PLATFORM_CODES | BASE_CODES | MESSAGE_CODES
UNKNOWN_CODE = (RETRY, "unknown_code")

HTTP_STATUSES: dict[int, tuple[Verdict, str]] = {
    400: (REJECT, "http_400"),
    413: (REJECT, "body_too_large"),
    415: (REJECT, "http_415"),
    429: (RETRY, RATE_LIMITED),
    503: (RETRY, "http_503"),
}


class LarkApiError(LarkbridgeError):
    """Lark did not do what it was asked; `outcome` says why, and whether it may later."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"Lark: {outcome.reason}")
        self.outcome = outcome


class RecordNotFoundError(LarkApiError):
    """The Base has no such record."""


def error_of(outcome: Outcome) -> LarkApiError:
    """Return the error that an outcome other than ok becomes."""
    return (RecordNotFoundError if outcome.reason == RECORD_NOT_FOUND else LarkApiError)(outcome)


def verdict_of(status: int, code: int | None) -> tuple[Verdict, str]:
    """Return what an answer means and a word for it.

    Parameters
    ----------
    status
        The HTTP status.
    code
        The body's `code`, None when the body has none.
    """
    if code is not None and (code != 0 or status == 200):
        return CODES.get(code, UNKNOWN_CODE)
    if status in HTTP_STATUSES:
        return HTTP_STATUSES[status]
    if 300 <= status < 500:
        return RETRY, f"http_{status}"
    # 200 without a code, or a server that failed half-way: it may have been accepted.
    return UNKNOWN, f"http_{status}"
