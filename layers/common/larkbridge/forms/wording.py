"""What a parent reads beside a field that is wrong, and above the form, in both languages."""

from typing import Literal, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

type Language = Literal["vi", "en"]


class Words(NamedTuple):
    """One sentence; callers that post JSON get the Vietnamese one."""

    vi: str
    en: str

    def of(self, language: Language) -> str:
        """Return the sentence in a language."""
        return self.en if language == "en" else self.vi


FORM = Words(
    "Thông tin chưa hợp lệ, vui lòng kiểm tra lại các mục được đánh dấu.",
    "Some of this is not right yet. Please check the marked fields.",
)
REPEATED = Words("Mục này bị lặp lại.", "This was sent twice.")
TOO_MUCH = Words(
    "Toàn bộ phiếu quá dài (tối đa 8 KB), vui lòng viết mục này ngắn hơn.",
    "The form as a whole is too long (8 KB at most). Please make this shorter.",
)
KEY_REUSED = Words(
    "Phiếu này đã được gửi với nội dung khác.", "This form was sent before with other content."
)
TOO_MANY_FORMS = Words(
    "Mạng của anh/chị vừa gửi quá nhiều phiếu. Vui lòng gửi lại sau ít phút.",
    "Too many forms have just come from your network. Please send it again in a few minutes.",
)

_NEEDED = Words("Vui lòng nhập thông tin này.", "Please fill this in.")
_NUMBER = Words("Vui lòng nhập một số.", "Please enter a number.")
_INVALID = Words("Giá trị không hợp lệ.", "This value cannot be used.")
_BY_TYPE = {
    "missing": _NEEDED,
    "string_too_short": _NEEDED,
    "string_too_long": Words(
        "Nội dung quá dài (tối đa {max_length} ký tự).", "This is too long ({max_length} characters at most)."
    ),
    "string_type": Words("Vui lòng nhập dạng chữ.", "Please enter text."),
    "extra_forbidden": Words("Mục này không có trong phiếu.", "The form has no such field."),
    "control_characters": Words("Có ký tự không được phép.", "This has a character that is not allowed."),
    "phone": Words("Số điện thoại không hợp lệ.", "This is not a phone number."),
    "email": Words("Địa chỉ email không hợp lệ.", "This is not an e-mail address."),
    "web_address": Words("Địa chỉ trang web không hợp lệ.", "This is not a web address."),
    "submission_id": Words("Số phiếu không hợp lệ.", "This is not the number of a form."),
    "iso_date": Words(
        "Ngày không hợp lệ (năm-tháng-ngày, ví dụ 2026-09-05).",
        "This is not a date (year-month-day, for example 2026-09-05).",
    ),
    "date_range": Words(
        "Vui lòng kiểm tra lại năm: ngày phải từ {first:%d/%m/%Y} đến {last:%d/%m/%Y}.",
        "Please check the year: the date must be from {first:%d/%m/%Y} to {last:%d/%m/%Y}.",
    ),
    "date_order": Words(
        "Ngày kết thúc không được trước ngày bắt đầu.", "The last day cannot be before the first."
    ),
    "too_long_hold": Words("Thời gian bảo lưu tối đa là {days} ngày.", "A hold is {days} days at most."),
    "consent": Words(
        "Vui lòng đồng ý để chúng tôi xử lý thông tin.", "Please agree that we process this information."
    ),
    "typed_date": Words(
        "Ngày không hợp lệ: vui lòng nhập ngày, tháng, năm, ví dụ 5/9/2026.",
        "This is not a date. Please enter day, month and year, for example 5/9/2026.",
    ),
    "part_of_date": Words(
        "Vui lòng nhập đủ ngày, tháng và năm, ví dụ 5/9/2026.",
        "Please enter day, month and year, for example 5/9/2026.",
    ),
    "short_year": Words(
        "Vui lòng nhập năm đủ bốn chữ số, ví dụ 2026.",
        "Please enter the year with four digits, for example 2026.",
    ),
    "no_such_day": Words(
        "Lịch không có ngày này, vui lòng kiểm tra lại ngày và tháng.",
        "There is no such day. Please check the day and the month.",
    ),
    "repeated": REPEATED,
    "file_in_form": Words(
        "Anh/chị vui lòng gửi phiếu trước, rồi gửi tệp ở bước sau.",
        "Please send the form first; the file can follow in the next step.",
    ),
    "file_type": Words(
        "Chỉ nhận tệp PDF, JPEG, PNG, HEIC, WebP hoặc DOCX.",
        "Please choose a PDF, JPEG, PNG, HEIC, WebP or DOCX file.",
    ),
    "file_size": Words(
        "Tệp không được trống và tối đa 10 MB.", "A file must not be empty and 10 MB at most."
    ),
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_from_float": Words("Vui lòng nhập một số nguyên.", "Please enter a whole number."),
    "greater_than_equal": Words("Số nhỏ nhất là {ge}.", "The least is {ge}."),
    "less_than_equal": Words("Số lớn nhất là {le}.", "The most is {le}."),
}


def by_field(error: ValidationError, language: Language) -> dict[str, str]:
    """Return one message per field at fault, by its name in the request."""
    messages: dict[str, str] = {}
    for problem in error.errors(include_url=False):
        messages.setdefault(_name(problem["loc"]), _message(problem, language))
    return messages


def _name(location: tuple) -> str:
    return str(location[0])[:100] if location else ""


def _message(problem: ErrorDetails, language: Language) -> str:
    kind, details = problem["type"], problem.get("ctx", {})
    if isinstance(
        problem["input"], PydanticCustomError
    ):  # stands in the place of a text that cannot be taken
        kind, details = problem["input"].type, problem["input"].context or {}
    return _BY_TYPE.get(kind, _INVALID).of(language).format(**details)
