"""What an answer of Lark's workflow webhook means: the one table of its error codes.

Codes as published in Lark's help centre for the trigger "When a webhook is received". Lark sends them with
HTTP 200, so the body decides before the status does. What a person can mend in Lark (a workflow switched
off, a credential, the IP list) is retried: the submission is good, and mending it must be enough.
"""

from larkbridge.outcome import RATE_LIMITED, Verdict

OK, RETRY, REJECT, UNKNOWN = Verdict.OK, Verdict.RETRY, Verdict.REJECT, Verdict.UNKNOWN

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
UNKNOWN_CODE = (RETRY, "unknown_code")

HTTP_STATUSES: dict[int, tuple[Verdict, str]] = {
    400: (REJECT, "http_400"),
    413: (REJECT, "body_too_large"),
    415: (REJECT, "http_415"),
    429: (RETRY, RATE_LIMITED),
    503: (RETRY, "http_503"),
}


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
        return WORKFLOW_CODES.get(code, UNKNOWN_CODE)
    if status in HTTP_STATUSES:
        return HTTP_STATUSES[status]
    if 300 <= status < 500:
        return RETRY, f"http_{status}"
    # 200 without a code, or a server that failed half-way: it may have been accepted.
    return UNKNOWN, f"http_{status}"
