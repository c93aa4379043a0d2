"""The kinds of fields that the forms share; each returns its value in one normal form."""

import re
import unicodedata
from datetime import date, timedelta, timezone
from typing import Annotated, Any

import phonenumbers
from pydantic import AfterValidator, BeforeValidator, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

HO_CHI_MINH = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Vietnam has kept UTC+7 without daylight saving since 1975; a Lambda need not have a zone database."""

_LONGEST_INPUT = 8000
_PHONE = re.compile(r"\+?[0-9\s().-]+")
_CONTROLS = ("Cc", "Cs", "Zl", "Zp")
_INVISIBLE = (*_CONTROLS, "Cf", "Zs")
_BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# The rule of HTML's <input type=email> (WHATWG HTML, "valid email address").
_EMAIL = re.compile(
    r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+"
)
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)


def _normalise(value: Any) -> Any:
    return unicodedata.normalize("NFC", value).strip() if isinstance(value, str) else value


def _refuse_controls(allowed: str) -> BeforeValidator:
    def is_control(one: str) -> bool:
        return unicodedata.category(one) in _CONTROLS or one in _BIDI_CONTROLS

    def check(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if len(value) > _LONGEST_INPUT:  # before anything looks at each character
            raise PydanticCustomError("too_long", "too long", {"max_length": _LONGEST_INPUT})
        if any(is_control(one) and one not in allowed for one in value):
            raise PydanticCustomError("control_characters", "control characters")
        return value

    return BeforeValidator(check)


def _visible(value: str) -> str:
    if all(unicodedata.category(one) in _INVISIBLE for one in value):
        raise PydanticCustomError("missing", "nothing that can be seen")
    return value


# Before-validators run from the last to the first: controls are refused before the ends are trimmed.
_Line = Annotated[str, AfterValidator(_visible), BeforeValidator(_normalise), _refuse_controls(allowed="")]
_Lines = Annotated[
    str, AfterValidator(_visible), BeforeValidator(_normalise), _refuse_controls(allowed="\n\r\t")
]

Text = Annotated[_Line, StringConstraints(min_length=1, max_length=200)]
"""One line: a name, a class, a school."""

LongText = Annotated[_Lines, StringConstraints(min_length=1, max_length=2000)]
"""Several lines: a reason, a note."""

Opaque = Annotated[_Line, StringConstraints(min_length=1, max_length=500)]
"""A value that is only passed on: a campaign, a cookie, an attachment's id."""


Key = Annotated[_Line, StringConstraints(max_length=255)]
"""A client's idempotency key."""


def _phone(value: str) -> str:
    try:
        number = phonenumbers.parse(value, "VN") if _PHONE.fullmatch(value) else None
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number) or number.extension:
        raise PydanticCustomError("phone", "not a phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


Phone = Annotated[_Line, StringConstraints(max_length=40), AfterValidator(_phone)]
"""A phone number, Vietnamese unless it begins with +; E.164."""


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise PydanticCustomError("email", "not an e-mail address")
    return value


Email = Annotated[_Line, StringConstraints(max_length=254), AfterValidator(_email)]


def _web_address(value: str) -> str:
    if not _WEB_ADDRESS.fullmatch(value):
        raise PydanticCustomError("web_address", "not a web address")
    return value


WebAddress = Annotated[_Line, StringConstraints(max_length=2000), AfterValidator(_web_address)]


def _date(value: Any) -> Any:
    value = _normalise(value)
    if not isinstance(value, str) or not _ISO_DATE.fullmatch(value):
        raise PydanticCustomError("iso_date", "not a date as YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("iso_date", "no such day") from None


Day = Annotated[date, BeforeValidator(_date)]
"""A calendar day in Vietnam, YYYY-MM-DD."""


def _whole_number(value: Any) -> Any:
    text = _normalise(value)
    if isinstance(value, bool) or (isinstance(text, str) and not (text.isascii() and text.isdigit())):
        raise PydanticCustomError("int_parsing", "not a whole number")
    return text


WholeNumber = Annotated[int, BeforeValidator(_whole_number)]
"""A whole number, as a number or as its digits."""


def _past(value: date, info: ValidationInfo[dict[str, date]]) -> date:
    if not date(1900, 1, 1) <= value <= info.context["today"]:
        raise PydanticCustomError("past_date", "not a day in the past")
    return value


PastDay = Annotated[Day, AfterValidator(_past)]


def _accepted(value: bool) -> bool:
    if not value:
        raise PydanticCustomError("consent", "consent is required")
    return value


Consent = Annotated[bool, AfterValidator(_accepted)]
"""A ticked box: true, or what an HTML form sends for it."""
