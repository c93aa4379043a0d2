"""What people read who connect their Lark account: the pages, in both languages, and the lines in the chat.

`{centre}` stands for the centre's name.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Said(NamedTuple):
    """A page that only says something: its title and its paragraphs."""

    title: str
    paragraphs: tuple[str, ...]


class ConnectTexts(NamedTuple):
    """One language's texts; a language that lacks one cannot be made.

    Attributes
    ----------
    rights
        What the app may do then, by the right's name in `larkbridge.people.rights`.
    pages
        By how a way ends.
    """

    start_title: str
    asked_for: str
    asked_when: str
    not_you: str
    connected_before: str
    rights_title: str
    rights: Mapping[str, str]
    other_rights: str
    promise: str
    take_back: str
    button: str
    leads_to_lark: str
    error_title: str
    error_said: str
    console_link: str
    again: str
    admin_scopes: str
    admin_refresh: str
    admin_redirect: str
    admin_app: str
    code: str
    pages: Mapping[str, Said]


VI = ConnectTexts(
    start_title="Kết nối tài khoản Lark",
    asked_for="Trợ lý của {centre} trên Lark xin phép bạn để trả lời điều bạn vừa hỏi.",
    asked_when="Người được xin phép, và lúc hỏi:",
    not_you="Nếu đây không phải là bạn, hãy đóng trang này. Liên kết chỉ dành cho người có tên ở trên.",
    connected_before="Liên kết này đã được dùng và tài khoản đã kết nối. Bạn có thể quay lại Lark.",
    rights_title="Trợ lý sẽ được phép",
    rights={
        "read_calendar": "Xem lịch và các sự kiện của bạn",
        "write_calendar": "Tạo và sửa sự kiện trong lịch của bạn, sau khi bạn xác nhận từng việc",
        "read_free_busy": "Xem giờ bận và giờ rảnh",
        "read_tasks": "Xem việc cần làm của bạn",
        "write_tasks": "Tạo và sửa việc cần làm, sau khi bạn xác nhận từng việc",
        "find_people": "Tìm đồng nghiệp theo tên",
        "messages": "Đọc và gửi tin nhắn trong Lark thay bạn",
        "read_records": "Xem bản ghi trong Lark Base mà bạn được xem",
        "write_records": "Xem và sửa bản ghi trong Lark Base mà bạn được sửa",
    },
    other_rights="Quyền khác, theo tên của Lark:",
    promise="Quyền được lưu dưới dạng mã hoá và tự gia hạn, để bạn không phải đăng nhập mỗi ngày.",
    take_back="Bạn có thể rút lại bất cứ lúc nào bằng cách gõ /ngắt kết nối trong cuộc trò chuyện.",
    button="Tiếp tục sang Lark",
    leads_to_lark="Trang của Lark sẽ mở ra và hỏi bạn có đồng ý không.",
    error_title="Lark báo lỗi 20027 hoặc 20029?",
    error_said=(
        "Khi đó quản trị viên cần bật quyền hoặc địa chỉ quay lại cho ứng dụng. Bạn gửi giúp họ liên kết này:"
    ),
    console_link="Bật quyền cho ứng dụng (dành cho quản trị viên)",
    again="Thử lại",
    admin_scopes="Cần bật các quyền sau cho ứng dụng, rồi phát hành một phiên bản mới:",
    admin_refresh=(
        "Cần bật offline_access và việc làm mới user_access_token cho ứng dụng, rồi phát hành một "
        "phiên bản mới."
    ),
    admin_redirect=(
        "Địa chỉ quay lại (LARK_OAUTH_REDIRECT_URI) phải có trong mục Security Settings của ứng "
        "dụng, đúng từng ký tự."
    ),
    admin_app="Cần kiểm tra ứng dụng: App ID, App Secret, phạm vi sử dụng và trạng thái của nó trong Lark.",
    code="Mã lỗi:",
    pages={
        "done": Said(
            "Đã kết nối",
            (
                "Tài khoản Lark của bạn đã được kết nối.",
                (
                    "Bạn có thể đóng trang này và quay lại Lark: câu hỏi của bạn đang được trả lời, "
                    "không cần hỏi lại."
                ),
            ),
        ),
        "denied": Said(
            "Bạn chưa đồng ý",
            (
                "Không sao cả: chưa có gì được kết nối và trợ lý không xem được gì của bạn.",
                (
                    "Nếu đổi ý, bạn bấm vào liên kết dưới đây, hoặc gõ /kết nối trong cuộc trò "
                    "chuyện với trợ lý."
                ),
            ),
        ),
        "invalid": Said(
            "Liên kết không dùng được nữa",
            (
                "Liên kết đã được dùng, đã quá hạn hoặc không đầy đủ. Chưa có gì mới được kết nối.",
                "Nếu trợ lý đã báo là kết nối xong thì bạn không cần làm gì thêm.",
                (
                    "Nếu chưa, bạn quay lại Lark và gõ /kết nối trong cuộc trò chuyện với trợ lý để "
                    "nhận liên kết mới."
                ),
            ),
        ),
        "mismatch": Said(
            "Đây là tài khoản của người khác",
            (
                "Liên kết này dành cho một người khác, nên không có gì được kết nối.",
                "Nếu liên kết là của bạn, hãy đăng nhập Lark bằng đúng tài khoản của bạn rồi thử lại.",
                "Nếu ai đó chuyển liên kết cho bạn, bạn có thể đóng trang này. Người kia đã được báo.",
            ),
        ),
        "admin": Said(
            "Quản trị viên cần bật thêm một mục",
            ("Bạn đã làm đúng. Lark chưa cho kết nối vì ứng dụng chưa được thiết lập đủ.",),
        ),
        "failed": Said(
            "Chưa kết nối được",
            (
                "Đã có trục trặc giữa chúng tôi và Lark; bạn không làm gì sai.",
                "Bạn thử lại sau một phút nhé. Nếu vẫn không được, xin báo cho quản trị viên.",
            ),
        ),
    },
)

EN = ConnectTexts(
    start_title="Connect your Lark account",
    asked_for=(
        "The assistant of {centre} in Lark asks for your permission, to answer what you have just asked."
    ),
    asked_when="Who is asked, and when they wrote:",
    not_you="If this is not you, please close this page. The link is only for the person named above.",
    connected_before="This link has been used and the account is connected. You can go back to Lark.",
    rights_title="The assistant will be allowed to",
    rights={
        "read_calendar": "See your calendars and events",
        "write_calendar": "Create and change events in your calendars, each after you confirm it",
        "read_free_busy": "See when people are busy or free",
        "read_tasks": "See your tasks",
        "write_tasks": "Create and change tasks, each after you confirm it",
        "find_people": "Find colleagues by name",
        "messages": "Read and send messages in Lark as you",
        "read_records": "See records in Lark Base that you may see",
        "write_records": "See and change records in Lark Base that you may change",
    },
    other_rights="Other permissions, by Lark's names:",
    promise="The permission is stored encrypted and renews itself, so that you need not sign in every day.",
    take_back="You can take it back at any time: type /disconnect in the chat.",
    button="Continue to Lark",
    leads_to_lark="Lark's own page opens and asks whether you agree.",
    error_title="Does Lark show error 20027 or 20029?",
    error_said=(
        "Then an administrator has to switch on a permission or the return address of the app. "
        "Please send them this link:"
    ),
    console_link="Switch on permissions of the app (for administrators)",
    again="Try again",
    admin_scopes="These permissions have to be switched on for the app, and a version published:",
    admin_refresh=(
        "offline_access and the refresh of user access tokens have to be switched on for the app, "
        "and a version published."
    ),
    admin_redirect=(
        "The return address (LARK_OAUTH_REDIRECT_URI) must stand in the app's Security Settings, "
        "letter for letter."
    ),
    admin_app="The app needs a look: its id, its secret, to whom it is available and its state in Lark.",
    code="Error:",
    pages={
        "done": Said(
            "Connected",
            (
                "Your Lark account is connected.",
                (
                    "You can close this page and go back to Lark: your question is being answered, "
                    "no need to ask again."
                ),
            ),
        ),
        "denied": Said(
            "You did not agree",
            (
                "That is fine: nothing is connected, and the assistant sees nothing of yours.",
                (
                    "If you change your mind, follow the link below, or type /connect in the chat "
                    "with the assistant."
                ),
            ),
        ),
        "invalid": Said(
            "This link can no longer be used",
            (
                "The link has been used, is too old or is not complete. Nothing new was connected.",
                "If the assistant has told you that you are connected, there is nothing left to do.",
                "If not, go back to Lark and type /connect in the chat with the assistant to get a new link.",
            ),
        ),
        "mismatch": Said(
            "This is somebody else's account",
            (
                "This link is meant for another person, so nothing was connected.",
                "If the link is yours, sign in to Lark with your own account and try again.",
                (
                    "If somebody passed the link on to you, you can close this page. The other "
                    "person has been told."
                ),
            ),
        ),
        "admin": Said(
            "An administrator has to switch something on",
            ("You did everything right. Lark does not connect yet, since the app is not set up completely.",),
        ),
        "failed": Said(
            "Not connected yet",
            (
                "Something went wrong between us and Lark; it was nothing that you did.",
                "Please try again in a minute. If it still does not work, please tell your administrator.",
            ),
        ),
    },
)

CONNECT_TEXTS: Mapping[str, ConnectTexts] = {"vi": VI, "en": EN}

CONNECTED_LINE = (
    "Đã kết nối tài khoản Lark của bạn. Gõ /trạng thái để xem, /ngắt kết nối để rút lại.\n"
    "Your Lark account is connected. Type /status to see it, /disconnect to take it back."
)
SOMEBODY_ELSE_LINE = (
    "Có người khác đã mở liên kết kết nối của bạn bằng tài khoản của họ, nên không có gì được kết nối. "
    "Xin đừng chuyển liên kết cho ai; nếu cần, gõ /kết nối để nhận liên kết mới.\n"
    "Somebody else opened your link with their own account, so nothing was connected. "
    "Please pass the link on to nobody; type /connect to get a new one."
)
