"""The kinds of fields that the forms share; each returns its value in one normal form."""

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

import phonenumbers
from pydantic import AfterValidator, BeforeValidator, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from larkbridge.shapes import Note
from larkbridge.text import is_control, line, lines, plain

MAX_YEARS = 2
MAX_AGE = 100
MAX_KEY_LENGTH = 255

_LONGEST_INPUT = 8000
_PHONE = re.compile(r"\+?[0-9\s().-]+")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# The rule of HTML's <input type=email> (WHATWG HTML, "valid email address").
_EMAIL = re.compile(
    r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+"
)
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)


def _cleaned(clean: Callable[[str], str]) -> BeforeValidator:
    """Return what brings a text into its normal form, and refuses what could do harm in it."""

    def check(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if len(value) > _LONGEST_INPUT:  # before anything looks at each character
            raise PydanticCustomError("too_long", "too long", {"max_length": _LONGEST_INPUT})
        if not value.isprintable() and any(map(is_control, value)):
            raise PydanticCustomError("control_characters", "control characters")
        return clean(value)

    return BeforeValidator(check)


_Line = Annotated[str, _cleaned(line)]
_Plain = Annotated[str, _cleaned(plain)]

Text = Annotated[_Line, StringConstraints(min_length=1, max_length=200)]
"""One line: a name, a class, a school."""

LongText = Annotated[str, _cleaned(lines), StringConstraints(min_length=1, max_length=2000)]
"""Several lines: a reason, a note."""

Opaque = Annotated[_Line, StringConstraints(min_length=1, max_length=500)]
"""A value that is only passed on: a campaign, a cookie, an attachment's id."""

Key = Annotated[_Line, StringConstraints(max_length=MAX_KEY_LENGTH)]
"""A client's idempotency key."""


def _phone(value: str) -> str:
    try:
        number = phonenumbers.parse(value, "VN") if _PHONE.fullmatch(value) else None
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number) or number.extension:
        raise PydanticCustomError("phone", "not a phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


Phone = Annotated[_Plain, StringConstraints(max_length=40), AfterValidator(_phone)]
"""A phone number, Vietnamese unless it begins with +; E.164."""


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise PydanticCustomError("email", "not an e-mail address")
    return value


Email = Annotated[_Plain, StringConstraints(max_length=254), AfterValidator(_email), Note(format="email")]


def _web_address(value: str) -> str:
    if not _WEB_ADDRESS.fullmatch(value):
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


_Date = Annotated[date, BeforeValidator(_date), _cleaned(plain)]

Day = Annotated[_Date, _between(MAX_YEARS, MAX_YEARS)]
"""A calendar day in Vietnam, YYYY-MM-DD; farther from today than that its year is mistyped."""

BirthDay = Annotated[_Date, _between(MAX_AGE, 0)]
"""A day of birth."""


def _whole_number(value: Any) -> Any:
    if isinstance(value, bool) or (isinstance(value, str) and not (value.isascii() and value.isdigit())):
        raise PydanticCustomError("int_parsing", "not a whole number")
    return value


WholeNumber = Annotated[int, BeforeValidator(_whole_number), _cleaned(plain)]
"""A whole number, as a number or as its digits."""


def _accepted(value: bool) -> bool:
    if not value:
        raise PydanticCustomError("consent", "consent is required")
    return value


Consent = Annotated[bool, _cleaned(plain), AfterValidator(_accepted), Note(const=True)]
"""A ticked box: true, or what an HTML form sends for it."""
