"""A form that a browser posts: every answer is a page that a parent can read, and keeps what was typed."""

import uuid
from collections.abc import Sequence
from typing import Any

from larkbridge.errors import (
    AwsUnavailableError,
    BadRequestError,
    InvalidFieldsError,
    PayloadTooLargeError,
    TooManyRequestsError,
    UnsupportedMediaTypeError,
)
from larkbridge.forms.fields import MAX_KEY_LENGTH, fault_of
from larkbridge.forms.filled_in import Arrival, FilledIn
from larkbridge.forms.form import typed_names
from larkbridge.forms.submit import KeyReusedError
from larkbridge.http_exchange import Request, Response, respond_error
from larkbridge.observability import logger
from larkbridge.pages.confirmation import answer_to
from larkbridge.pages.form_pages import Visit
from larkbridge.pages.meta_ids import without_forbidden_ids
from larkbridge.pages.page_texts import TEXTS
from larkbridge.pages.render import Filled, already_sent_page, form_page
from larkbridge.pages.typed_input import STARTED_AT, TypedInput, read
from larkbridge.store.submissions import Submission
from larkbridge.text import is_blank

_KEY, _REPLACES = "submissionKey", "replaces"


class ForeignPageError(BadRequestError):
    """The form was posted by a page of another web site."""

    status = 403


def post(visit: Visit) -> Response:
    """Take a form from a browser: a redirect once it is stored, else the page again with what was typed."""
    request, pages = visit.request, visit.pages
    filled = Filled({}, {}, str(uuid.uuid4()), _now(visit))
    try:
        refuse_foreign(request, pages.allowed_origins)
        typed = read(request, pages.form)
        filled = _filled(typed)
        fields = without_forbidden_ids(typed.fields)
        filled_in = _checked(visit, fields | {_KEY: filled.key, "eventSourceUrl": visit.address})
        try:
            taken = pages.submit.take(filled_in, Arrival(request, pages.form.path, visit.language))
        except KeyReusedError as error:
            same_phone = filled_in.fields["parentPhone"] == error.earlier.contact_phone
            return _ask_whether_to_correct(visit, filled, error.earlier, same_phone=same_phone)
    except Exception as error:
        return _refuse(visit, filled, error)
    return answer_to(visit, taken)


def refuse_foreign(request: Request, allowed_origins: Sequence[str]) -> None:
    """Raise ForeignPageError for what a page of a web site has posted that is neither ours nor allowed.

    No other site's form can set these headers. A proxy in front of us may change `Host`, but not what the
    browser says of the two sites.
    """
    headers = request.headers
    origin = headers.get("origin", "null").lower()
    if origin == "null" or headers.get("sec-fetch-site") == "same-origin":
        return
    hosts = {headers.get(name, "").lower() for name in ("host", "x-forwarded-host")} - {""}
    is_ours = origin.partition("://")[2] in hosts
    if not (is_ours or origin in allowed_origins or "*" in allowed_origins):
        raise ForeignPageError("posted by a page of another web site")


def _filled(typed: TypedInput) -> Filled:
    key = typed.values.get(_KEY, "")
    if is_blank(key) or len(key) > MAX_KEY_LENGTH or fault_of(key):
        key = str(uuid.uuid4())
    return Filled(typed.values, {}, key, typed.values.get(STARTED_AT, ""), typed.values.get(_REPLACES, ""))


def _checked(visit: Visit, fields: dict[str, Any]) -> FilledIn:
    """Return the filled-in form; what is wrong in an input that nobody sees is left out."""
    try:
        return visit.pages.submit.check(fields, visit.language)
    except InvalidFieldsError as error:
        unseen = error.fields.keys() - typed_names(visit.pages.form)
        if not unseen:
            raise
    seen = {name: value for name, value in fields.items() if name not in unseen}
    return visit.pages.submit.check(seen, visit.language)


def _ask_whether_to_correct(
    visit: Visit, filled: Filled, earlier: Submission, *, same_phone: bool
) -> Response:
    """Return the page that sends the changed form under a new key: in place of the one before, or beside it.

    With another phone number it is another person's and can only be sent beside it.
    """
    logger.info("form sent before with other content", submissionId=earlier.id)
    pages = visit.pages
    replaces = earlier.id if same_phone else ""
    corrected = filled._replace(key=str(uuid.uuid4()), replaces=replaces)
    html = already_sent_page(
        pages.form, visit.language, pages.settings, corrected, earlier.id, earlier.submitted_at
    )
    return visit.shown(html)


def _refuse(visit: Visit, filled: Filled, error: Exception) -> Response:
    """Return the page again, with what is wrong beside the fields or above them."""
    refusal = respond_error(error, visit.request.request_id)
    status, notice = refusal.status, ""
    if isinstance(error, InvalidFieldsError):
        filled = filled._replace(errors=error.fields)
    else:
        notice = _notice(visit, error)
    if isinstance(error, AwsUnavailableError):
        status = 503
    pages = visit.pages
    html = form_page(pages.form, visit.language, pages.settings, filled, notice)
    headers = {name: value for name, value in refusal.headers.items() if name == "retry-after"}
    return visit.shown(html, status, headers)


def _notice(visit: Visit, error: Exception) -> str:
    texts = TEXTS[visit.language]
    match error:
        case ForeignPageError():
            return texts.posted_elsewhere
        case PayloadTooLargeError():
            return texts.too_large
        case UnsupportedMediaTypeError() | BadRequestError():
            return texts.not_readable
        case TooManyRequestsError():
            return texts.busy
        case _:
            return texts.not_stored


def _now(visit: Visit) -> str:
    return str(int(visit.pages.clock.now().timestamp() * 1000))
