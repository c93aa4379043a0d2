"""What every form has. Field names are camelCase in requests and in what Lark receives."""

from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from larkbridge.forms.fields import (
    MAX_YEARS,
    Consent,
    Email,
    Key,
    LongText,
    Opaque,
    Phone,
    Text,
    WebAddress,
)
from larkbridge.shapes import Note
from larkbridge.store.submissions import FormType
from larkbridge.text import is_blank

PHONE = "A Vietnamese number, or one that begins with +. Lark receives it as E.164."
DAY = f"A day in Vietnam, YYYY-MM-DD, at most {MAX_YEARS} years from today"
PASSED_ON = "Passed on as it is."
MAX_BYTES = 8 * 1024
"""Of all of a form's texts together, in UTF-8."""
_NOT_TYPED = "not typed"
"""Marks what the page adds by itself: it may differ when the same form is sent again."""

Tracking = Annotated[Opaque | None, _NOT_TYPED]

StudentName = Annotated[Text, Note("The student's name.", examples=["Nguyễn Minh An"])]
ClassName = Annotated[Text, Note("The student's class.", examples=["Mầm 3A"])]
Reason = Annotated[LongText, Note("Why; several lines.", examples=["Gia đình về quê ăn Tết."])]
AttachmentId = Annotated[
    Opaque | None, Note(f"The id of a file. {PASSED_ON}", examples=["boxcnDonXinPhep01"])
]


class Form(BaseModel):
    """What every form has; an empty value counts as none, an unknown field is refused.

    Attributes
    ----------
    path
        Where it is posted to.
    title
        What people call it, in English and in Vietnamese.
    """

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", defer_build=True)

    form_type: ClassVar[FormType]
    path: ClassVar[str]
    title: ClassVar[str]

    parent_name: Annotated[Text, Note("The parent's name.", examples=["Nguyễn Thị Hà"])]
    parent_phone: Annotated[Phone, Note(PHONE, examples=["0912 345 678"])]
    parent_email: Annotated[
        Email | None, Note("The parent's e-mail address.", examples=["ha.nguyen@giadinh.example"])
    ] = None
    note: Annotated[
        LongText | None, Note("Anything else; several lines.", examples=["Cháu dị ứng đậu phộng."])
    ] = None
    consent: Annotated[
        Consent,
        Note("The parent agrees that the data is processed; an HTML form sends `on`.", examples=[True]),
    ]
    utm_source: Annotated[Tracking, Note(PASSED_ON, examples=["facebook"])] = None
    utm_medium: Annotated[Tracking, Note(PASSED_ON, examples=["cpc"])] = None
    utm_campaign: Annotated[Tracking, Note(PASSED_ON, examples=["tuyen-sinh-he-2027"])] = None
    fbp: Annotated[
        Tracking, Note(f"Meta's browser id. {PASSED_ON}", examples=["fb.1.1795140000000.1098115397"])
    ] = None
    fbc: Annotated[
        Tracking, Note(f"Meta's click id. {PASSED_ON}", examples=["fb.1.1795140000000.IwAR2xbFqLzT"])
    ] = None
    event_source_url: Annotated[
        WebAddress | None,
        _NOT_TYPED,
        Note("The page that the form was on.", examples=["https://trungtam.example/phieu-bao-luu"]),
    ] = None
    submission_key: Annotated[
        Key | None,
        Note(
            "The same as the header Idempotency-Key, for a page that cannot set one; not passed on.",
            examples=["3f0c9a1e-7d54-4b3a-9c1f-5b2a6e8d4f10"],
        ),
    ] = Field(None, exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, fields: dict[str, Any]) -> dict[str, Any]:
        known = {field.alias for field in cls.model_fields.values()}
        return {name: value for name, value in fields.items() if name not in known or not _is_empty(value)}

    def to_fields(self) -> dict[str, Any]:
        """Return what Lark receives: every field of the form each time, an absent one as ""."""
        fields = self.model_dump(mode="json", by_alias=True)
        return {name: "" if value is None else value for name, value in fields.items()}

    def typed_fields(self) -> dict[str, Any]:
        """Return what the parent typed, in its normal form: two forms are the same that have the same."""
        fields = self.to_fields()
        return {name: fields[name] for name in fields if name not in _added_by_page(type(self))}

    def overlong_fields(self) -> list[str]:
        """Return the longest fields, without which the rest is no longer than a form may be."""
        lengths = {name: len(str(value).encode()) for name, value in self.to_fields().items()}
        overlong, total = list[str](), sum(lengths.values())
        for name in sorted(lengths, key=lambda name: -lengths[name]):
            if total <= MAX_BYTES:
                break
            overlong.append(name)
            total -= lengths[name]
        return overlong


def _added_by_page(form: type[Form]) -> set[str | None]:
    return {field.alias for field in form.model_fields.values() if _NOT_TYPED in field.metadata}


def _is_empty(value: Any) -> bool:
    """Tell an input that was left alone, spaces and what cannot be seen in it or not."""
    return value is None or (isinstance(value, str) and is_blank(value))


def not_before(end: date, start: date | None) -> date:
    """Check an end against its start, which is None when it is itself wrong."""
    if start is not None and end < start:
        raise PydanticCustomError("date_order", "ends before it starts")
    return end
