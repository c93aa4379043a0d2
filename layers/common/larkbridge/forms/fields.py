"""The kinds of fields that the forms share; each returns its value in one normal form."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Annotated, Any, NamedTuple, get_args

import phonenumbers
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationInfo,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from larkbridge.shapes import Note
from larkbridge.text import has_control, is_blank, line, lines, plain

MAX_YEARS = 2
MAX_AGE = 100
MAX_KEY_LENGTH = 255
MAX_BYTES = 8 * 1024
"""Of all of a form's texts together, in UTF-8."""

_LONGEST_INPUT = 8000
_PHONE = re.compile(r"\+?[0-9\s().-]+")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# The rule of HTML's <input type=email> (WHATWG HTML, "valid email address").
_EMAIL = (
    r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+"
)
_WEB_ADDRESS = r"(?i)https?://[^\s/?#]+\S*"
_UUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
"""These three are compiled for the first form that has such a field filled in."""


class NormalForm(NamedTuple):
    """Marks the kind of a text: what brings it into its normal form, and what it is typed into on a page."""

    of: Callable[[str], str]
    typed_into: str = "line"


class FieldsModel(BaseModel):
    """A model of these kinds of fields; an empty value counts as none, an unknown field is refused."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, fields: dict[str, Any]) -> dict[str, Any]:
        """Bring every text into its normal form before its own rule is asked.

        In the place of one that cannot be taken stands why; no kind of field takes that.
        """
        normal_forms, cleaned = _normal_forms(cls), dict[str, Any]()
        for name, value in fields.items():
            if name not in normal_forms:
                cleaned[name] = value
            elif isinstance(value, str):
                if is_blank(value):
                    continue
                is_plain = value.isprintable() and len(value) <= _LONGEST_INPUT
                cleaned[name] = (None if is_plain else fault_of(value)) or normal_forms[name](value)
            elif value is not None:
                cleaned[name] = value
        return cleaned

    def to_fields(self) -> dict[str, Any]:
        """Return every field of the form each time, an absent one as ""."""
        fields = self.model_dump(mode="json", by_alias=True)
        return {name: "" if value is None else value for name, value in fields.items()}


def overlong_fields(fields: Mapping[str, Any]) -> list[str]:
    """Return the longest fields, without which the rest is no longer than a form may be."""
    lengths = {name: len(str(value).encode()) for name, value in fields.items()}
    overlong, total = list[str](), sum(lengths.values())
    if total > MAX_BYTES:
        for name in sorted(lengths, key=lengths.__getitem__, reverse=True):
            if total <= MAX_BYTES:
                break
            overlong.append(name)
            total -= lengths[name]
    return overlong


@cache
def _normal_forms(model: type[BaseModel]) -> Mapping[str, Callable[[str], str]]:
    """Return what brings the text of each field into its normal form, by the field's name in requests."""
    fields = model.model_fields.values()
    return {str(field.alias): normal_form(field.metadata, field.annotation).of for field in fields}


def normal_form(metadata: Sequence[Any], kind: Any) -> NormalForm:
    """Return the mark of a field's kind."""
    return next(part for part in marks(metadata, kind) if isinstance(part, NormalForm))


def marks(metadata: Sequence[Any], kind: Any) -> Iterator[Any]:
    """Yield the marks of a field, and those of the kinds that its own is made of."""
    for part in (*metadata, *get_args(kind)):
        yield part
        yield from marks((), part)


def fault_of(text: str) -> PydanticCustomError | None:
    """Return why a text cannot be taken, whichever kind it is of."""
    if len(text) > _LONGEST_INPUT:  # before anything looks at each character
        return PydanticCustomError("string_too_long", "too long", {"max_length": _LONGEST_INPUT})
    if not text.isprintable() and has_control(text):
        return PydanticCustomError("control_characters", "control characters")
    return None


_Line = Annotated[str, NormalForm(line)]

Text = Annotated[_Line, StringConstraints(min_length=1, max_length=200)]
"""One line: a name, a class, a school."""

LongText = Annotated[str, NormalForm(lines, "lines"), StringConstraints(min_length=1, max_length=2000)]
"""Several lines: a reason, a note."""

Opaque = Annotated[_Line, StringConstraints(min_length=1, max_length=500)]
"""A value that is only passed on: a campaign, a cookie."""

FileId = Annotated[str, NormalForm(line, "file"), StringConstraints(min_length=1, max_length=500)]
"""The id of a file."""

Key = Annotated[_Line, StringConstraints(max_length=MAX_KEY_LENGTH)]
"""A client's idempotency key."""

Unchecked = Annotated[Any, NormalForm(str.strip)]
"""Whatever came, for those who judge it later."""


def _submission_id(value: str) -> str:
    if not re.fullmatch(_UUID, value):
        raise PydanticCustomError("submission_id", "not a submission's id")
    return value.lower()


SubmissionId = Annotated[str, NormalForm(plain), AfterValidator(_submission_id), Note(format="uuid")]
"""The id of an earlier submission."""


def e164(value: str) -> str:
    """Return a phone number in E.164, Vietnamese unless it begins with +; raises ValueError for none."""
    try:
        number = phonenumbers.parse(value, "VN") if _PHONE.fullmatch(value) else None
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number) or number.extension:
        raise PydanticCustomError("phone", "not a phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


Phone = Annotated[str, NormalForm(plain, "phone"), StringConstraints(max_length=40), AfterValidator(e164)]
"""A phone number, Vietnamese unless it begins with +; E.164."""


def _email(value: str) -> str:
    if not re.fullmatch(_EMAIL, value):
        raise PydanticCustomError("email", "not an e-mail address")
    return value


Email = Annotated[
    str,
    NormalForm(plain, "email"),
    StringConstraints(max_length=254),
    AfterValidator(_email),
    Note(format="email"),
]


def _web_address(value: str) -> str:
    if not re.fullmatch(_WEB_ADDRESS, value):
        raise PydanticCustomError("web_address", "not a web address")
    return value


WebAddress = Annotated[
    _Line, StringConstraints(max_length=2000), AfterValidator(_web_address), Note(format="uri")
]


def _date(value: Any) -> Any:
    if not isinstance(value, str) or not _ISO_DATE.fullmatch(value):
        raise PydanticCustomError("iso_date", "not a date as YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("iso_date", "no such day") from None


def _between(years_before: int, years_after: int) -> AfterValidator:
    def check(value: date, info: ValidationInfo[dict[str, date]]) -> date:
        today = info.context["today"]
        first, last = _years_later(today, -years_before), _years_later(today, years_after)
        if not first <= value <= last:
            raise PydanticCustomError("date_range", "too far from today", {"first": first, "last": last})
        return value

    return AfterValidator(check)


def _years_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


_Date = Annotated[date, BeforeValidator(_date), NormalForm(plain, "date")]

Day = Annotated[_Date, _between(MAX_YEARS, MAX_YEARS)]
"""A calendar day in Vietnam, YYYY-MM-DD; farther from today than that its year is mistyped."""

BirthDay = Annotated[_Date, _between(MAX_AGE, 0)]
"""A day of birth."""


def _whole_number(value: Any) -> Any:
    if isinstance(value, bool) or (isinstance(value, str) and not (value.isascii() and value.isdigit())):
        raise PydanticCustomError("int_parsing", "not a whole number")
    return value


WholeNumber = Annotated[int, BeforeValidator(_whole_number), NormalForm(plain, "number")]
"""A whole number, as a number or as its digits."""


TickBox = Annotated[bool, NormalForm(plain, "tick")]
"""True, or the `on` that an HTML form sends for it; absent, false and "" are no."""


def _accepted(value: bool) -> bool:
    if not value:
        raise PydanticCustomError("consent", "consent is required")
    return value


Consent = Annotated[TickBox, AfterValidator(_accepted), Note(const=True)]
"""A box that must be ticked."""
