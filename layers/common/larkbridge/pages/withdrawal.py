"""A parent takes the marketing consent back, on the page that confirms the form."""

from larkbridge.apigateway import read_fields
from larkbridge.errors import LarkbridgeError, NotFoundError
from larkbridge.http_exchange import Response, respond_error
from larkbridge.pages.confirmation import LINK_FOR, form_url, link_invalid, sent_by
from larkbridge.pages.form_pages import PROOF, Visit
from larkbridge.pages.prebuilt import page
from larkbridge.pages.signed_links import sign, verify

_DONE = "done "


def withdraw(visit: Visit) -> Response:
    """Withdraw it and lead to the page that says so, also whoever repeats it."""
    pages, now = visit.pages, visit.pages.clock.now()
    try:
        submission_id = _asked_for(visit)
        pages.consents.withdraw(submission_id, {"by": "parent"}, now)
        proof = sign("withdraw", _DONE + submission_id, pages.keys(), now + LINK_FOR)
    except NotFoundError as error:
        return link_invalid(visit, error)
    except LarkbridgeError as error:
        status = respond_error(error, visit.request.request_id).status
        back = f"?s={visit.request.query.get('s', '')}{visit.chosen_language}"
        return visit.shown(page("not-withdrawn", visit.language, pages.settings, {"back_url": back}), status)
    return Response.redirect(f"?{PROOF}={proof}{visit.chosen_language}")


def show_withdrawn(visit: Visit) -> Response:
    """Return the page that says what is withdrawn, to whom a link proves it."""
    try:
        submission_id = _done(visit)
    except LarkbridgeError as error:
        return link_invalid(visit, error)
    marks = {"number": submission_id, "form_url": form_url(visit)}
    return visit.shown(page("withdrawn", visit.language, visit.pages.settings, marks))


def _asked_for(visit: Visit) -> str:
    """Return the submission whose confirmation and button these are; raises NotFoundError."""
    submission_id = sent_by(visit).submission_id
    if _proven(visit, str(read_fields(visit.request).get("withdraw", ""))) != submission_id:
        raise NotFoundError("the button is another form's")
    return submission_id


def _done(visit: Visit) -> str:
    """Return the submission whose consent a link proves to be withdrawn; raises NotFoundError."""
    proven = _proven(visit, visit.request.query[PROOF])
    if not proven.startswith(_DONE):
        raise NotFoundError("the link proves nothing")
    return proven.removeprefix(_DONE)


def _proven(visit: Visit, token: str) -> str:
    return verify("withdraw", token, visit.pages.keys(), visit.pages.clock.now())
