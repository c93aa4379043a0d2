"""A form's function: it takes the form from callers that post JSON, and hands browsers to the pages' code."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypedDict

from larkbridge.apigateway import RouteTable, Served, endpoint, serve
from larkbridge.errors import (
    BadRequestError,
    ConflictError,
    InvalidFieldsError,
    LarkbridgeError,
    RepeatedFieldsError,
    TooManyRequestsError,
)
from larkbridge.forms import wording
from larkbridge.forms.fields import MAX_KEY_LENGTH, fault_of
from larkbridge.forms.filled_in import Arrival, FilledIn
from larkbridge.forms.form import Form
from larkbridge.forms.submit import Submit
from larkbridge.http_exchange import Response, respond_error
from larkbridge.routes import HTML_FORM, JSON, Answer, Body, Call, Parameter, Refusal, Route
from larkbridge.shapes import Note, Uuid
from larkbridge.text import line

if TYPE_CHECKING:
    from larkbridge.pages.form_pages import FormPages

_IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "A random UUID for each opened form. The same key and content answers the first submission again, also "
    "when the page adds something (utm…, fbp, fbc, eventSourceUrl); other content is a 409.",
    "header",
    Annotated[str, Note(maxLength=MAX_KEY_LENGTH)],
    "3f0c9a1e-7d54-4b3a-9c1f-5b2a6e8d4f10",
)


_BROWSERS = (
    "A browser (`Accept: text/html`, no JSON in the body) is answered with pages instead: 303 to the "
    "confirmation, or the form again. It may send multipart/form-data too."
)


class Receipt(TypedDict):
    ok: Literal[True]
    submissionId: Uuid
    larkStatus: Annotated[Literal["sent", "failed"], Note("`failed`: stored, and sent to Lark later.")]


def form_endpoint(
    form: type[Form],
    submit: Submit,
    more: Callable[[], Iterable[Served[Any]]],
    pages: Callable[[], "FormPages"],
) -> Callable[..., dict[str, Any]]:
    """Return the Lambda handler that takes `form`; it answers once that is stored, whatever Lark did.

    Parameters
    ----------
    more
        Returns the form's other routes, which are made when the first of them is asked for.
    pages
        Returns what serves browsers; called for a browser's request only, since it loads what those need.
    """
    served = Served(form_route(form), submit)
    routes = RouteTable([served], otherwise=served, more=more)

    def respond(event: Mapping[str, Any]) -> Response:
        return pages().respond(event) if _is_from_a_page(event) else serve(event, routes)

    return endpoint(respond)


def form_route(form: type[Form]) -> Route[Submit, None, FilledIn]:
    """Return the route of a form."""
    return Route(
        "POST",
        form.path,
        None,
        name=f"submit{form.__name__}",
        summary=f"{form.title.en} ({form.title.vi})",
        description=_BROWSERS,
        tag="forms",
        parameters=(_IDEMPOTENCY_KEY,),
        body=Body(form, Submit.check, (JSON, HTML_FORM)),
        answer=Answer(Receipt, "Stored; it will reach Lark."),
        raises=(ConflictError, TooManyRequestsError, LarkbridgeError),
        refusal=Refusal(_refuse),
        handle=_submit,
    )


def _is_from_a_page(event: Mapping[str, Any]) -> bool:
    """Tell a browser that shows what is answered; a body in JSON is never posted by one."""
    headers, route = event.get("headers") or {}, event.get("routeKey", "")
    if route.startswith("GET ") or route.endswith("/da-gui"):
        return True
    accepted = headers.get("accept", "")
    if "text/html" not in accepted or headers.get("content-type", "").lower().startswith(JSON):
        return False
    wanted = {"text/html": 0.0, JSON: 0.0}
    for entry in accepted.lower().replace(" ", "").split(","):
        kind, *parameters = entry.split(";")
        if kind in wanted:
            wanted[kind] = max(wanted[kind], _quality(parameters))
    return wanted["text/html"] > wanted[JSON]


def _quality(parameters: Sequence[str]) -> float:
    """Return how much a media type is wanted (RFC 9110, 12.4.2)."""
    (given,) = [one.removeprefix("q=") for one in parameters if one.startswith("q=")][:1] or ["1"]
    try:
        return float(given)
    except ValueError:
        return 0.0


def _submit(submit: Submit, call: Call[None, FilledIn]) -> Receipt:
    """Take a form from a caller that posts by itself."""
    filled_in = call.body
    if header := call.request.headers.get("idempotency-key"):
        filled_in = filled_in._replace(key=_key(header, filled_in.key))
    submission, sent = submit.take(filled_in, Arrival(call.request))
    return {
        "ok": True,
        "submissionId": submission.submission_id,
        "larkStatus": "sent" if sent else "failed",
    }


def _key(header: str, typed: str | None) -> str | None:
    """Return the idempotency key that a header has, or the form's own field where it is blank."""
    if fault_of(header) or len(header := line(header)) > MAX_KEY_LENGTH:
        message = f"Idempotency-Key is over {MAX_KEY_LENGTH} characters, or has one that is not allowed"
        raise BadRequestError(message)
    if header and typed and header != typed:
        raise BadRequestError("Idempotency-Key and submissionKey differ")
    return header or typed


def _refuse(error: Exception, request_id: str) -> Response:
    """Return the answer to an error, to a field that is given twice in the parent's language too."""
    if isinstance(error, RepeatedFieldsError):
        repeated = dict.fromkeys(error.fields, wording.REPEATED.vi)
        error = InvalidFieldsError(wording.FORM.vi, fields=repeated)
    return respond_error(error, request_id)
