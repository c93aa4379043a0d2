"""The HTTP side of a form."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from larkbridge.errors import BadRequestError, InvalidFieldsError, RepeatedFieldsError
from larkbridge.forms import messages
from larkbridge.forms.feed import form_feed
from larkbridge.forms.fields import HO_CHI_MINH, MAX_KEY_LENGTH, Key
from larkbridge.forms.models import Form
from larkbridge.forms.submit import Submit
from larkbridge.outbox.assembly import Outbox
from larkbridge.web import Request, Response, endpoint, read_fields, read_request, respond

_KEY = TypeAdapter[str](Key, config=ConfigDict(defer_build=True))


def form_endpoint(form: type[Form], outbox: Outbox | None = None) -> Callable[..., Response]:
    """Return the Lambda handler that takes `form`.

    Answers 200 once the submission is stored, whatever Lark did with it.
    """
    outbox = outbox or Outbox()
    clock = outbox.clock
    feed = form_feed(form.form_type, outbox.settings, clock)
    submit = Submit(outbox.submissions, outbox.attempts, clock, feed)

    def handle(event: Mapping[str, Any], _: Any) -> Response:
        request = read_request(event)
        today = clock.now().astimezone(HO_CHI_MINH).date()
        try:
            filled_in = form.model_validate(read_fields(request), context={"today": today})
        except RepeatedFieldsError as error:
            repeated = dict.fromkeys(error.fields, messages.REPEATED)
            raise InvalidFieldsError(messages.FORM, fields=repeated) from None
        except ValidationError as error:
            raise InvalidFieldsError(messages.FORM, fields=messages.by_field(error)) from None
        if overlong := filled_in.overlong_fields():
            raise InvalidFieldsError(messages.FORM, fields=dict.fromkeys(overlong, messages.TOO_MUCH))
        receipt = submit(filled_in, _key(request, filled_in))
        status = "sent" if receipt.sent else "failed"
        return respond(200, {"ok": True, "submissionId": receipt.submission_id, "larkStatus": status})

    return endpoint(handle)


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
