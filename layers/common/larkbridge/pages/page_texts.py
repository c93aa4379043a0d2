"""What the pages say beside the questions of a form, in both languages.

`{centre}` stands for the centre's name, `{contact}` for how to reach it.
"""

from typing import NamedTuple


class PageTexts(NamedTuple):
    """One language's texts; a language that lacks one cannot be made."""

    other_language: str
    the_centre: str
    ask_centre: str
    error_prefix: str
    error_summary: str
    all_needed: str
    optional: str
    at_most: str
    parent: str
    about: str
    agreement: str
    day: str
    month: str
    year: str
    send: str
    sending: str
    unsent: str
    unsent_offline: str
    busy: str
    not_stored: str
    too_large: str
    not_readable: str
    posted_elsewhere: str
    files_after: str
    file_uploading: str
    file_ready: str
    file_kept: str
    file_large: str
    file_kind: str
    file_failed: str
    file_remove: str
    leave_empty: str
    privacy_page: str
    privacy_contact: str
    already_title: str
    already_said: str
    already_ask: str
    already_send: str
    already_keep: str
    already_new: str
    already_other: str
    already_send_other: str
    sent_title: str
    sent_number: str
    sent_keep_number: str
    next_title: str
    next_now: str
    next_later: str
    next_call: str
    sent_print: str
    sent_again: str
    file_title: str
    file_link: str
    file_choose: str
    file_send: str
    file_back: str
    file_arrived: str
    file_too_often: str
    withdraw_said: str
    withdraw: str
    withdrawn_title: str
    withdrawn_said: str
    withdrawn_stays: str
    not_withdrawn_title: str
    not_withdrawn_said: str
    not_withdrawn_back: str
    invalid_title: str
    invalid_said: str
    invalid_sure: str
    back_to_form: str


VI = PageTexts(
    other_language="English",
    the_centre="Trung tâm",
    ask_centre="hỏi trực tiếp tại trung tâm",
    error_prefix="Lỗi: ",
    error_summary="Có mục cần xem lại",
    all_needed="Anh/chị vui lòng điền mọi mục, trừ các mục ghi “không bắt buộc”.",
    optional="không bắt buộc",
    at_most="Tối đa {number} ký tự.",
    parent="Phụ huynh",
    about="Nội dung phiếu",
    agreement="Sự đồng ý",
    day="Ngày",
    month="Tháng",
    year="Năm",
    send="Gửi phiếu",
    sending="Đang gửi…",
    unsent="Chưa gửi được. Những gì anh/chị đã nhập vẫn còn đây, vui lòng bấm gửi lại. "
    "Nếu lần trước thật ra đã đến nơi, phiếu vẫn chỉ được tính một lần.",
    unsent_offline="Chưa gửi được vì máy đang không có mạng. Những gì anh/chị đã nhập vẫn còn đây; "
    "khi có mạng, vui lòng bấm gửi lại.",
    busy="Hiện có quá nhiều phiếu được gửi từ mạng mà anh/chị đang dùng. "
    "Phiếu này chưa được gửi; những gì anh/chị đã nhập vẫn còn đây, vui lòng bấm gửi lại sau ít phút.",
    not_stored="Hệ thống đang gặp sự cố nên phiếu này chưa được lưu. "
    "Những gì anh/chị đã nhập vẫn còn đây, vui lòng bấm gửi lại sau ít phút.",
    too_large="Phiếu quá dài nên chưa được nhận. Anh/chị vui lòng bấm nút quay lại của trình duyệt "
    "để lấy lại nội dung, viết ngắn hơn rồi gửi lại. Tệp đính kèm được gửi ở bước sau.",
    not_readable="Trình duyệt đã gửi phiếu ở dạng mà hệ thống không đọc được, nên phiếu chưa được nhận. "
    "Anh/chị vui lòng điền và gửi lại ở trang này.",
    posted_elsewhere="Phiếu được gửi từ một trang web khác nên chưa được nhận. "
    "Anh/chị vui lòng điền và gửi phiếu ở chính trang này.",
    files_after="Anh/chị gửi tệp ở bước sau, khi phiếu đã được gửi.",
    file_uploading="Đang tải tệp lên: {percent}%",
    file_ready="Đã nhận tệp {name}.",
    file_kept="Tệp đã chọn trước đó vẫn được giữ.",
    file_large="Tệp này quá lớn (tối đa 10 MB). Anh/chị có thể chọn tệp khác, hoặc gửi phiếu không kèm tệp.",
    file_kind="Loại tệp này không dùng được. Anh/chị vui lòng chọn PDF, DOCX hoặc ảnh.",
    file_failed="Chưa tải được tệp này. Anh/chị có thể chọn lại, hoặc gửi phiếu không kèm tệp.",
    file_remove="Bỏ tệp này",
    leave_empty="Vui lòng để trống ô này",
    privacy_page="Chính sách bảo vệ dữ liệu cá nhân",
    privacy_contact="Hỏi về dữ liệu cá nhân:",
    already_title="Anh/chị đã gửi phiếu này trước đó",
    already_said="Lúc {time}, anh/chị đã gửi phiếu số",
    already_ask="Nội dung bây giờ khác với lần đó. Anh/chị muốn gửi bản đã sửa thay cho phiếu trước?",
    already_send="Gửi bản đã sửa",
    already_keep="Nếu không, anh/chị không cần làm gì: phiếu trước vẫn được giữ nguyên.",
    already_new="Số điện thoại bây giờ khác với lần đó, nên đây là một phiếu khác. "
    "Anh/chị muốn gửi thêm phiếu này?",
    already_other="Đây là phiếu khác, ví dụ cho một học viên khác? Trung tâm sẽ nhận cả hai.",
    already_send_other="Gửi thêm một phiếu khác",
    sent_title="Đã nhận được phiếu",
    sent_number="Số phiếu",
    sent_keep_number="Anh/chị nên giữ lại số này để tiện trao đổi với trung tâm.",
    next_title="Tiếp theo",
    next_now="Phiếu đã đến bộ phận phụ trách của trung tâm.",
    next_later="Phiếu đã được lưu an toàn và sẽ tự động đến bộ phận phụ trách. "
    "Anh/chị không cần làm gì thêm, cũng không cần gửi lại.",
    next_call="Khi cần, trung tâm sẽ gọi theo số điện thoại mà anh/chị đã ghi trong phiếu.",
    sent_print="In trang này",
    sent_again="Gửi một phiếu khác",
    file_title="Gửi tệp đính kèm",
    file_link="Gửi thêm tệp đính kèm",
    file_choose="Chọn một tệp",
    file_send="Gửi tệp",
    file_back="Không gửi tệp, quay lại",
    file_arrived="Tệp đính kèm đã được gửi.",
    file_too_often="Bước này đã được mở quá nhiều lần. Anh/chị vui lòng thử lại sau một ngày.",
    withdraw_said="Anh/chị đã đồng ý nhận tin của trung tâm và cho phép đo hiệu quả quảng cáo. "
    "Anh/chị có thể rút lại sự đồng ý này bất cứ lúc nào; phiếu vẫn giữ nguyên giá trị.",
    withdraw="Rút lại sự đồng ý",
    withdrawn_title="Đã rút lại sự đồng ý",
    withdrawn_said="Địa chỉ IP và loại trình duyệt đã lưu cùng phiếu đã được xoá. "
    "Phiếu vẫn giữ nguyên giá trị.",
    withdrawn_stays="Những gì đã đến trung tâm trước lúc này phải được gỡ ở đó. "
    "Nếu không muốn nhận tin nữa, anh/chị vui lòng báo cho trung tâm số phiếu dưới đây. Liên hệ: {contact}.",
    not_withdrawn_title="Chưa rút lại được",
    not_withdrawn_said="Hệ thống đang gặp sự cố nên sự đồng ý chưa được rút lại. "
    "Anh/chị vui lòng quay lại và bấm lại sau ít phút, hoặc báo cho trung tâm. Liên hệ: {contact}.",
    not_withdrawn_back="Quay lại",
    invalid_title="Đường dẫn này không dùng được",
    invalid_said="Đường dẫn bị thiếu hoặc đã bị thay đổi nên trang này không hiển thị gì. "
    "Anh/chị vui lòng mở lại đường dẫn gốc.",
    invalid_sure="Nếu chưa chắc phiếu đã được gửi, anh/chị có thể gửi lại hoặc liên hệ với trung tâm.",
    back_to_form="Mở phiếu",
)
EN = PageTexts(
    other_language="Tiếng Việt",
    the_centre="The centre",
    ask_centre="ask at the centre",
    error_prefix="Error: ",
    error_summary="There is a problem",
    all_needed="Please fill in everything except what says “optional”.",
    optional="optional",
    at_most="At most {number} characters.",
    parent="Parent",
    about="Details",
    agreement="Consent",
    day="Day",
    month="Month",
    year="Year",
    send="Send the form",
    sending="Sending…",
    unsent="The form was not sent. What you typed is still here; please send it again. "
    "If it did arrive the first time, it still counts once.",
    unsent_offline="The form was not sent: this device is offline. What you typed is still here; "
    "please send it again when you are back online.",
    busy="Too many forms are coming from the network that you use. "
    "This form was not sent. What you typed is still here; please send it again in a few minutes.",
    not_stored="Our system has a problem, and this form was not stored. "
    "What you typed is still here; please send it again in a few minutes.",
    too_large="The form is too long and was not taken. Please press your browser's back button, where what "
    "you typed still is, make it shorter and send it again. Files are sent in the next step.",
    not_readable="Your browser sent the form in a way that our system cannot read, so it was not taken. "
    "Please fill it in and send it on this page.",
    posted_elsewhere="The form was sent from another web site, so it was not taken. "
    "Please fill it in and send it on this page.",
    files_after="You can send a file in the next step, once the form is sent.",
    file_uploading="Uploading the file: {percent}%",
    file_ready="The file {name} has arrived.",
    file_kept="The file that you chose before is kept.",
    file_large="This file is too large (10 MB at most). You can choose another, or send the form without it.",
    file_kind="This type of file cannot be used. Please choose a PDF, a DOCX or a picture.",
    file_failed="The file could not be uploaded. You can choose it again, or send the form without it.",
    file_remove="Remove this file",
    leave_empty="Please leave this empty",
    privacy_page="How personal data is protected",
    privacy_contact="Questions about personal data:",
    already_title="You have sent this form before",
    already_said="At {time} you sent the form with the number",
    already_ask="What it says now is different. Do you want to send the corrected form in place of that one?",
    already_send="Send the corrected form",
    already_keep="If not, you need not do anything: the form that you sent stays as it is.",
    already_new="The phone number is now another one, so this is another form. "
    "Do you want to send it as well?",
    already_other="Is this another form, for another student perhaps? Then the centre gets both.",
    already_send_other="Send it as another form",
    sent_title="We have received your form",
    sent_number="Number of the form",
    sent_keep_number="Please keep this number for any question to the centre.",
    next_title="What happens next",
    next_now="The form has reached the office in charge.",
    next_later="The form is stored safely and will reach the office in charge by itself. "
    "You need not do anything, nor send it again.",
    next_call="If there is a question, the centre will call the phone number in the form.",
    sent_print="Print this page",
    sent_again="Send another form",
    file_title="Send an attachment",
    file_link="Send an attachment",
    file_choose="Choose a file",
    file_send="Send the file",
    file_back="Send no file, go back",
    file_arrived="The attachment has been sent.",
    file_too_often="This step was opened too often. Please try again in a day.",
    withdraw_said="You have agreed to get news from the centre, and that it measures its advertising. "
    "You can withdraw this at any time; the form itself stays valid.",
    withdraw="Withdraw my consent",
    withdrawn_title="Your consent is withdrawn",
    withdrawn_said="The IP address and the kind of browser that were kept with the form are deleted. "
    "The form itself stays valid.",
    withdrawn_stays="What reached the centre before now must be taken out there. "
    "If you want no more news, please tell the centre the number below. Contact: {contact}.",
    not_withdrawn_title="Your consent is not withdrawn yet",
    not_withdrawn_said="Our system has a problem, and your consent was not withdrawn. "
    "Please go back and try again in a few minutes, or tell the centre. Contact: {contact}.",
    not_withdrawn_back="Go back",
    invalid_title="This link does not work",
    invalid_said="A part of the link is missing or was changed, so this page shows nothing. "
    "Please open the original link.",
    invalid_sure="If you are not sure whether your form was sent, you can send it again or ask the centre.",
    back_to_form="Open the form",
)
TEXTS = {"vi": VI, "en": EN}
