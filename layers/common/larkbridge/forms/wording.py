"""What a parent reads beside a field that is wrong, and above the form."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

FORM = "Thông tin chưa hợp lệ, vui lòng kiểm tra lại các mục được đánh dấu."
REPEATED = "Mục này bị lặp lại."
TOO_MUCH = "Toàn bộ phiếu quá dài (tối đa 8 KB), vui lòng viết mục này ngắn hơn."
KEY_REUSED = "Phiếu này đã được gửi với nội dung khác."

_INVALID = "Giá trị không hợp lệ."
_BY_TYPE = {
    "missing": "Vui lòng nhập thông tin này.",
    "string_too_short": "Vui lòng nhập thông tin này.",
    "string_too_long": "Nội dung quá dài (tối đa {max_length} ký tự).",
    "string_type": "Vui lòng nhập dạng chữ.",
    "extra_forbidden": "Mục này không có trong phiếu.",
    "control_characters": "Có ký tự không được phép.",
    "phone": "Số điện thoại không hợp lệ.",
    "email": "Địa chỉ email không hợp lệ.",
    "web_address": "Địa chỉ trang web không hợp lệ.",
    "iso_date": "Ngày không hợp lệ (năm-tháng-ngày, ví dụ 2026-09-05).",
    "date_range": "Vui lòng kiểm tra lại năm: ngày phải từ {first:%d/%m/%Y} đến {last:%d/%m/%Y}.",
    "date_order": "Ngày kết thúc không được trước ngày bắt đầu.",
    "too_long_hold": "Thời gian bảo lưu tối đa là {days} ngày.",
    "consent": "Vui lòng đồng ý để chúng tôi xử lý thông tin.",
    "int_type": "Vui lòng nhập một số.",
    "int_parsing": "Vui lòng nhập một số.",
    "int_from_float": "Vui lòng nhập một số nguyên.",
    "greater_than_equal": "Số nhỏ nhất là {ge}.",
    "less_than_equal": "Số lớn nhất là {le}.",
}


def by_field(error: ValidationError) -> dict[str, str]:
    """Return one message per field at fault, by its name in the request."""
    messages: dict[str, str] = {}
    for problem in error.errors(include_url=False):
        messages.setdefault(_name(problem["loc"]), _message(problem))
    return messages


def _name(location: tuple) -> str:
    return str(location[0])[:100] if location else ""


def _message(problem: ErrorDetails) -> str:
    kind, details = problem["type"], problem.get("ctx", {})
    if isinstance(
        problem["input"], PydanticCustomError
    ):  # stands in the place of a text that cannot be taken
        kind, details = problem["input"].type, problem["input"].context or {}
    return _BY_TYPE.get(kind, _INVALID).format(**details)
