"""The HTTP side of a form."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal, TypedDict

from pydantic import ConfigDict, TypeAdapter, ValidationError

from larkbridge.apigateway import Served, endpoint, serve
from larkbridge.clock import HO_CHI_MINH, Clock
from larkbridge.errors import (
    BadRequestError,
    ConflictError,
    InvalidFieldsError,
    LarkbridgeError,
    RepeatedFieldsError,
)
from larkbridge.forms import messages
from larkbridge.forms.fields import MAX_KEY_LENGTH, Key
from larkbridge.forms.form import Form
from larkbridge.forms.submit import Submit
from larkbridge.http_exchange import Request
from larkbridge.routes import HTML_FORM, JSON, Answer, Body, Call, Parameter, Route
from larkbridge.shapes import Note, Uuid

_KEY = TypeAdapter[str](Key, config=ConfigDict(defer_build=True))
_IDEMPOTENCY_KEY = Parameter(
    "Idempotency-Key",
    "A random UUID for each opened form. The same key and content answers the first submission again, also "
    "when the page adds something (utm…, fbp, fbc, eventSourceUrl); other content is a 409.",
    "header",
    Annotated[str, Note(maxLength=MAX_KEY_LENGTH)],
    "3f0c9a1e-7d54-4b3a-9c1f-5b2a6e8d4f10",
)


class Receipt(TypedDict):
    ok: Literal[True]
    submissionId: Uuid
    larkStatus: Annotated[Literal["sent", "failed"], Note("`failed`: stored, and sent to Lark later.")]


def form_endpoint(form: type[Form], submit: Submit, clock: Clock) -> Callable[..., dict[str, Any]]:
    """Return the Lambda handler that takes `form`.

    Answers 200 once the submission is stored, whatever Lark did with it.
    """
    served = Served(form_route(form), FormEndpoint(form, submit, clock))
    return endpoint(partial(serve, served=served))


class FormEndpoint:
    """Serves one form's route."""

    def __init__(self, form: type[Form], submit: Submit, clock: Clock) -> None:
        self._form = form
        self._submit = submit
        self._clock = clock

    def check(self, fields: dict[str, Any]) -> Form:
        """Return the filled-in form; raises InvalidFieldsError in the words of the parent's language."""
        today = self._clock.now().astimezone(HO_CHI_MINH).date()
        try:
            filled_in = self._form.model_validate(fields, context={"today": today})
        except RepeatedFieldsError as error:
            repeated = dict.fromkeys(error.fields, messages.REPEATED)
            raise InvalidFieldsError(messages.FORM, fields=repeated) from None
        except ValidationError as error:
            raise InvalidFieldsError(messages.FORM, fields=messages.by_field(error)) from None
        if overlong := filled_in.overlong_fields():
            raise InvalidFieldsError(messages.FORM, fields=dict.fromkeys(overlong, messages.TOO_MUCH))
        return filled_in

    def submit(self, call: Call[None, Form]) -> Receipt:
        """Store the form and try to hand it to Lark."""
        receipt = self._submit(call.body, _key(call.request, call.body))
        status = "sent" if receipt.sent else "failed"
        return {"ok": True, "submissionId": receipt.submission_id, "larkStatus": status}


def form_route(form: type[Form]) -> Route[FormEndpoint, None, Form]:
    """Return the route of a form."""
    return Route(
        "POST",
        form.path,
        None,
        name=f"submit{form.__name__}",
        summary=form.title,
        tag="forms",
        parameters=(_IDEMPOTENCY_KEY,),
        body=Body(form, FormEndpoint.check, (JSON, HTML_FORM)),
        answer=Answer(Receipt, "Stored; it will reach Lark."),
        raises=(ConflictError, LarkbridgeError),
        handle=FormEndpoint.submit,
    )


def _key(request: Request, form: Form) -> str | None:
    """Return the idempotency key, from the header or the form's own field."""
    header = request.headers.get("idempotency-key", "")
    try:
        header = _KEY.validate_python(header) if header else ""
    except ValidationError:
        message = f"Idempotency-Key is over {MAX_KEY_LENGTH} characters, or has one that is not allowed"
        raise BadRequestError(message) from None
    if header and form.submission_key and header != form.submission_key:
        raise BadRequestError("Idempotency-Key and submissionKey differ")
    return header or form.submission_key
