"""What a parent sees who has sent a form: its number, and what happens next."""

from datetime import timedelta
from typing import NamedTuple

from larkbridge.errors import (
    AwsUnavailableError,
    MissingSettingError,
    NotConfiguredError,
    NotFoundError,
)
from larkbridge.forms.submit import Taken
from larkbridge.http_exchange import Response, respond_error
from larkbridge.observability import log_crash
from larkbridge.pages.form_pages import Visit
from larkbridge.pages.prebuilt import page
from larkbridge.pages.signed_links import sign, verify
from larkbridge.store.submissions import event_id

LINK_FOR = timedelta(days=30)
_SENT, _LATER = "sent", "later"
_FILE, _NO_FILE = "file", "none"
_MARKETING, _NO_MARKETING = "marketing", "none"


class Sent(NamedTuple):
    """What a link to the confirmation proves, and nothing of a person.

    `outcome` is whether Lark had the form when the link was made, `marketing` whether that consent was given,
    `file` whether a file came with the form.
    """

    form_type: str
    submission_id: str
    submitted_at: str
    outcome: str
    marketing: str
    file: str


def answer_to(visit: Visit, taken: Taken) -> Response:
    """Return the answer to a form that is stored: a redirect to its confirmation, which may be refreshed.

    Without a key to sign the link with, it is the confirmation itself: a refresh posts the same key again.
    """
    submission, pages = taken.submission, visit.pages
    sent = Sent(
        pages.form.form_type,
        submission.id,
        submission.submitted_at,
        _SENT if taken.sent else _LATER,
        _MARKETING if submission.has_marketing_consent else _NO_MARKETING,
        _FILE if submission.file_id else _NO_FILE,
    )
    try:
        token = sign("sent", " ".join(sent), pages.keys(), pages.clock.now() + LINK_FOR)
    except (AwsUnavailableError, MissingSettingError, NotConfiguredError) as error:
        log_crash("confirmation not signed", error)
        return _page_of(visit, sent, form_url=_path(visit))
    return Response.redirect(f"{_path(visit)}/da-gui?s={token}{visit.chosen_language}")


def confirm(visit: Visit) -> Response:
    """Return the confirmation that a link leads to, a page that says what to do if the link is not ours."""
    try:
        sent = sent_by(visit)
    except (AwsUnavailableError, MissingSettingError, NotFoundError) as error:
        return link_invalid(visit, error)
    withdraw_token = ""
    if sent.marketing == _MARKETING:
        until = visit.pages.clock.now() + LINK_FOR
        withdraw_token = sign("withdraw", sent.submission_id, visit.pages.keys(), until)
    return _page_of(visit, sent, form_url=form_url(visit), withdraw_token=withdraw_token)


def link_invalid(visit: Visit, error: Exception) -> Response:
    """Return the page that says what to do with a link that is not ours."""
    status = respond_error(error, visit.request.request_id).status
    html = page("link-invalid", visit.language, visit.pages.settings, {"form_url": form_url(visit)})
    return visit.shown(html, status)


def form_url(visit: Visit) -> str:
    """Return the link from a confirmation to the form, in the language that was chosen."""
    return f"../{_path(visit)}{visit.chosen_language.replace('&', '?')}"


def sent_by(visit: Visit) -> Sent:
    """Return what the link of a confirmation proves.

    Raises
    ------
    NotFoundError
        When it is none of ours, or another form's.
    AwsUnavailableError, MissingSettingError
        When that cannot be found out.
    """
    pages = visit.pages
    proven = verify("sent", visit.request.query.get("s", ""), pages.keys(), pages.clock.now())
    sent = Sent(*proven.split(" "))
    if sent.form_type != pages.form.form_type:
        raise NotFoundError("the link is another form's")
    return sent


def _path(visit: Visit) -> str:
    return visit.pages.form.path.removeprefix("/")


def _page_of(visit: Visit, sent: Sent, *, form_url: str, withdraw_token: str = "") -> Response:
    marks = {
        "event_id": event_id(sent.submission_id),
        "number": sent.submission_id,
        "late": "" if sent.outcome == _SENT else _LATER,
        "form_url": form_url,
        "file_url": _file_url(visit, sent),
        "file_arrived": visit.request.query.get("tep", ""),
        "withdraw_token": withdraw_token,
    }
    return visit.shown(page("sent", visit.language, visit.pages.settings, marks))


def _file_url(visit: Visit, sent: Sent) -> str:
    """Return where a file can be sent after the form; empty once there is one, and where none is taken."""
    query = visit.request.query
    wanted = "attachment_id" in visit.pages.form.model_fields and sent.file == _NO_FILE and "tep" not in query
    return f"tep?s={query['s']}{visit.chosen_language}" if wanted and "s" in query else ""
