"""What a parent agrees to, in the words that the pages show.

A version stays as it was shown: it is what somebody agreed to. A text that changes is a new version, and
the last one is shown. `{centre}` stands for who is responsible, `{contact}` for how to reach them.
"""

from typing import NamedTuple


class ConsentTexts(NamedTuple):
    """Both consents in one language: what stands beside each box, and what it means, a paragraph a line.

    Only `processing` is compulsory.
    """

    processing: str
    processing_details: str
    marketing: str
    marketing_details: str


_VI_2026_11_28 = ConsentTexts(
    "Tôi đồng ý để {centre} xử lý thông tin trong phiếu này.",
    "Thông tin gì: họ tên, số điện thoại, email của phụ huynh; thông tin về học viên và những gì anh/chị "
    "viết hoặc gửi kèm trong phiếu.\n"
    "Để làm gì: tiếp nhận, giải quyết phiếu này và liên lạc với anh/chị về phiếu.\n"
    "Ai chịu trách nhiệm: {centre}. Liên hệ: {contact}.\n"
    "Ở đâu: thông tin được lưu và xử lý trên máy chủ của Amazon Web Services và của Lark, có thể ở ngoài "
    "Việt Nam.\n"
    "Trẻ em: thông tin của học viên là trẻ em do cha, mẹ hoặc người giám hộ cung cấp và đồng ý.\n"
    "Quyền của anh/chị: xem, sửa, rút lại sự đồng ý và yêu cầu xoá thông tin bất cứ lúc nào, theo địa chỉ "
    "liên hệ ở trên. Không có sự đồng ý này, chúng tôi không thể nhận phiếu.",
    "Tôi đồng ý nhận tin về lớp học, ưu đãi của {centre} và cho phép đo hiệu quả quảng cáo (không bắt buộc).",
    "Nếu đồng ý, chúng tôi gửi anh/chị tin về lớp học và ưu đãi, lưu địa chỉ IP và loại trình duyệt trong "
    "30 ngày, dùng mã của Meta (cookie _fbp và _fbc) trên trang này trong tối đa 90 ngày. Các mã này và "
    "thông tin liên lạc ở dạng đã băm có thể được chuyển cho Meta, ở ngoài Việt Nam.\n"
    "Không đồng ý thì phiếu vẫn được nhận như thường. Anh/chị có thể rút lại bất cứ lúc nào: ở trang xác "
    "nhận sau khi gửi, hoặc theo địa chỉ liên hệ ở trên.",
)

_EN_2026_11_28 = ConsentTexts(
    "I agree that {centre} processes the information in this form.",
    "What: the parent's name, phone number and e-mail address; what the form says about the student, and "
    "whatever else you write or attach.\n"
    "What for: to receive this form, to deal with it, and to contact you about it.\n"
    "Who is responsible: {centre}. Contact: {contact}.\n"
    "Where: it is stored and processed on servers of Amazon Web Services and of Lark, which may be outside "
    "Vietnam.\n"
    "Children: what is said of a student who is a child is given, and agreed to, by a parent or guardian.\n"
    "Your rights: at any time you may see and correct your information, withdraw this consent, and have "
    "the information erased, at the contact above. Without this consent we cannot take the form.",
    "I agree to get news of classes and offers from {centre}, and that it measures its advertising "
    "(optional).",
    "If you agree, we send you news of classes and offers, keep your IP address and the kind of your "
    "browser for 30 days, and use Meta's ids (the cookies _fbp and _fbc) on this page for up to 90 days. "
    "These ids, and your contact details as hashes, may be passed to Meta, outside Vietnam.\n"
    "If you do not, the form is taken all the same. You can withdraw at any time: on the page after sending, "
    "or at the contact above.",
)

VERSIONS = {"2026-11-28": {"vi": _VI_2026_11_28, "en": _EN_2026_11_28}}
"""By the day of the change, the newest last, and by language."""

SHOWN = next(reversed(VERSIONS))
"""The version that pages show."""
