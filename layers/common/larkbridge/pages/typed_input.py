"""What a browser posts, as a person filled it in: read from its encoding, and told apart."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from larkbridge.apigateway import MAX_BODY_BYTES, MAX_FIELDS, media_type_of
from larkbridge.errors import BadRequestError, PayloadTooLargeError
from larkbridge.forms.fields import normal_form
from larkbridge.forms.form import Form
from larkbridge.http_exchange import Request
from larkbridge.observability import logger
from larkbridge.pages.questions import DATE_PARTS
from larkbridge.pages.typed_dates import joined_date, typed_date
from larkbridge.routes import HTML_FORM
from larkbridge.text import is_blank

MULTIPART = "multipart/form-data"
STARTED_AT = "startedAt"
_FROM_QUERY = ("utm_source", "utm_medium", "utm_campaign")


class TypedInput(NamedTuple):
    """A form as a browser posted it.

    Parameters
    ----------
    values
        What was typed into each input that the form has, to be shown again.
    fields
        What the form's model reads; a `PydanticCustomError` in the place of what cannot be taken.
    """

    values: dict[str, str]
    fields: dict[str, Any]


def read(request: Request, form: type[Form]) -> TypedInput:
    """Return what a browser posted.

    Names that the form does not have are left out and counted in the log: a browser's extension may have
    added them. Of what is given twice the first counts.

    Raises
    ------
    PayloadTooLargeError, UnsupportedMediaTypeError, BadRequestError
        When the body cannot be read.
    """
    if len(request.body) > MAX_BODY_BYTES:
        raise PayloadTooLargeError(f"the body is over {MAX_BODY_BYTES} bytes")
    pairs, files = _pairs(request)
    if len(pairs) > MAX_FIELDS:
        raise BadRequestError(f"the body has over {MAX_FIELDS} fields")
    given = dict(reversed(pairs))
    values = {name: given[name] for name in _inputs(form) if name in given}
    if len(values) < len(given):
        logger.info("inputs left out that no form has", count=len(given) - len(values))
    repeated = {name for name, value in pairs if value != given[name]} & values.keys()
    fields = _fields(values, form) | _faults(repeated, files, form)
    for name in values.keys() & {*_dates(form)}:
        values[f"{name}-{DATE_PARTS[0]}"] = values.pop(name)  # a page of ours has no other place for it
    for name in _FROM_QUERY:
        if name in request.query:
            fields.setdefault(to_camel(name), request.query[name])
    return TypedInput(values, fields)


def _pairs(request: Request) -> tuple[Sequence[tuple[str, str]], Sequence[str]]:
    """Return what a body says: names with their values, and the names of files that are not empty."""
    media_type = media_type_of(request.headers, HTML_FORM, MULTIPART)
    try:
        if media_type == MULTIPART:
            from larkbridge.pages.multipart_body import pairs_of  # few pages ask for it

            return pairs_of(request.headers["content-type"], request.body)
        return parse_qsl(request.body.decode(), keep_blank_values=True, errors="strict"), ()
    except ValueError:
        raise BadRequestError(f"the body cannot be read as {media_type}") from None


def _fields(values: Mapping[str, str], form: type[Form]) -> dict[str, Any]:
    """Return what is not blank by the fields' names; dates as YYYY-MM-DD, a box without its tick as a no."""
    fields: dict[str, Any] = dict.fromkeys(_typed_into(form, "tick"), False) | {
        name: values[name] for name in _names(form) if not is_blank(values.get(name, ""))
    }
    for name in _dates(form):
        if name in fields:
            fields[name] = typed_date(fields[name])
        else:
            fields[name] = joined_date({part: values.get(f"{name}-{part}", "") for part in DATE_PARTS})
    return fields


def _faults(repeated: Iterable[str], files: Iterable[str], form: type[Form]) -> dict[str, Any]:
    """Return why the fields cannot be taken that were given twice, or as a file."""
    twice = PydanticCustomError("repeated", "given twice")
    file = PydanticCustomError("file_in_form", "a file")
    faults = {_field_of(name): twice for name in repeated}
    return faults | {name: file for name in files if name in _names(form)}


def _field_of(name: str) -> str:
    """Return the field that an input is a part of."""
    field, _, part = name.rpartition("-")
    return field if part in DATE_PARTS else name


@cache
def _inputs(form: type[Form]) -> tuple[str, ...]:
    """Return the name of every input that a page of the form can have."""
    parts = (f"{name}-{part}" for name in _dates(form) for part in DATE_PARTS)
    return (*_names(form), *parts, STARTED_AT)


@cache
def _names(form: type[Form]) -> tuple[str, ...]:
    return tuple(str(field.alias) for field in form.model_fields.values())


def _dates(form: type[Form]) -> tuple[str, ...]:
    return _typed_into(form, "date")


@cache
def _typed_into(form: type[Form], kind: str) -> tuple[str, ...]:
    fields = form.model_fields.values()
    kinds = {str(field.alias): normal_form(field.metadata, field.annotation) for field in fields}
    return tuple(name for name, known in kinds.items() if known.typed_into == kind)
