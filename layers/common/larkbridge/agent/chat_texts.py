"""What the agent says, in both languages.

It is Markdown but for the buttons, `welcome_title`, `lost_title` and `lost`; `{…}` stands for what is put in,
which is never what a stranger chose.
"""

from larkbridge.agent.chat_wording import Texts
from larkbridge.processors.incoming_text import Kind
from larkbridge.routes import Scope

_VI_HELP = """**Tôi làm được những việc sau:**

- `/kết nối`: cho phép tôi xem lịch và việc cần làm của bạn trên Lark
- `/ngắt kết nối`: thu hồi quyền đó và xoá những gì tôi đã lưu để truy cập
- `/trạng thái`: kết nối của bạn và cấu hình của trợ lý
- `/mới`: bắt đầu lại cuộc trò chuyện, tôi quên những gì đã nói trước đó
- `/dừng`: dừng việc tôi đang làm
- `/gửi lại`, `/đồng bộ`: gửi lại mọi thứ chưa gửi được, đồng bộ mọi bảng (dành cho người có quyền)
- `/trợ giúp`: xem lại danh sách này

Trong nhóm, bạn hãy nhắc tên (@) tôi thì tôi mới trả lời; những gì riêng tư tôi sẽ gửi riêng cho bạn.
For English, type `/help`."""

_EN_HELP = """**Here is what I can do:**

- `/connect`: let me see your calendar and tasks in Lark
- `/disconnect`: take that permission back and delete what I kept for it
- `/status`: your connection and how the assistant is set up
- `/new`: start the conversation afresh; I forget what was said before
- `/stop`: stop what I am doing
- `/retry`, `/sync`: send again all that failed, sync every table (for those who may)
- `/help`: show this list again

In groups I answer only when you mention me (@); anything personal I send to you privately.
Gõ `/trợ giúp` để xem bằng tiếng Việt."""

VI = Texts(
    welcome_title="Xin chào! Tôi là trợ lý của bạn trên Lark",
    welcome=(
        "Tôi có thể giúp bạn xem lịch và việc cần làm. Bạn hãy kết nối tài khoản Lark trước, "
        "hoặc bấm thử một câu dưới đây. Gõ /trợ giúp để biết thêm. (English: type /help.)"
    ),
    prompts=(
        "Hôm nay tôi có lịch gì?",
        "Tuần này tôi có việc gì cần làm?",
        "Chiều mai tôi rảnh lúc nào?",
    ),
    connect_button="Kết nối tài khoản Lark",
    connect_command="/kết nối",
    help=_VI_HELP,
    no_such_command="Tôi không có lệnh này.",
    no_model=(
        "Xin lỗi, tôi chưa trả lời được câu hỏi: mô hình ngôn ngữ của trợ lý chưa được cấu hình "
        "(chưa có ANTHROPIC_API_KEY). Bạn vui lòng báo cho quản trị viên nhé."
    ),
    connect=(
        "Bạn hãy mở liên kết này để cho phép tôi xem lịch và việc cần làm của bạn:\n\n"
        "[Kết nối tài khoản Lark]({link})\n\n"
        "Liên kết chỉ dành cho bạn và có hiệu lực trong 24 giờ; xin đừng chuyển cho người khác."
    ),
    connect_unavailable=(
        "Xin lỗi, việc kết nối tài khoản chưa được cấu hình. Bạn vui lòng báo cho quản trị viên nhé."
    ),
    disconnected=(
        "Đã ngắt kết nối. Tôi đã xoá quyền truy cập đã lưu và thu hồi quyền đó ở Lark. "
        "Khi nào cần, bạn gõ `/kết nối` nhé."
    ),
    disconnected_here_only=(
        "Tôi đã xoá quyền truy cập đã lưu, nên tôi không còn xem được dữ liệu của bạn. Tuy nhiên, "
        "Lark chưa xác nhận việc thu hồi; quyền đó sẽ tự hết hạn ở Lark."
    ),
    was_not_connected="Bạn chưa kết nối tài khoản Lark nào, nên không có gì để ngắt.",
    new="Đã bắt đầu cuộc trò chuyện mới. Tôi không còn nhớ những gì đã nói trước đó.",
    stopped="Đã dừng: tôi không làm tiếp những gì bạn hỏi ở đây trước đó.",
    no_right="Bạn chưa có quyền làm việc này. Bạn vui lòng hỏi quản trị viên nhé.",
    nothing_to_do={
        "retry_all": "Hiện không có gì cần gửi lại.",
        "sync_all": "Hiện chưa có bảng nào được kết nối để đồng bộ.",
    },
    connected="**Tài khoản Lark:** đã kết nối từ {since}.",
    renews="Kết nối có hiệu lực đến {until} và tự gia hạn khi được dùng.",
    renews_not="Kết nối có hiệu lực đến {until}; Lark không cho gia hạn, nên sau đó bạn cần kết nối lại.",
    may="**Tôi được phép:** {scopes}.",
    may_nothing="Tôi chưa được phép xem gì.",
    reconnect="**Cần kết nối lại:** {reason} Bạn gõ `/kết nối` nhé.",
    lost_before="**Cần kết nối lại tài khoản Lark:** {reason}",
    lost_title="Cần kết nối lại tài khoản Lark",
    lost=(
        "Tôi không còn xem được lịch và việc cần làm của bạn trên Lark: {reason} "
        "Khi cần, bạn nhắn /kết nối cho tôi để kết nối lại nhé."
    ),
    not_connected="**Tài khoản Lark:** chưa kết nối. Bạn gõ `/kết nối` để tôi xem được lịch và việc cần làm.",
    staff_may="**Quyền trong Larkbridge:** {scopes}.",
    staff_may_nothing="**Quyền trong Larkbridge:** không có.",
    staff_scopes={
        Scope.READ: "xem dữ liệu của trung tâm",
        Scope.RETRY: "gửi lại những gì bị lỗi",
        Scope.WRITE: "sửa dữ liệu",
        Scope.PEOPLE: "quản lý dữ liệu cá nhân",
        Scope.ADMIN: "quản trị",
    },
    model_status="**Mô hình ngôn ngữ:** chưa được cấu hình.",
    model_ready="**Mô hình ngôn ngữ:** {model}.",
    version="**Phiên bản:** {version}",
    reasons={
        "answer_lost": "câu trả lời của Lark khi gia hạn đã bị mất.",
        "no_refresh_token": "Lark không cho gia hạn và quyền truy cập đã hết hạn.",
        "refresh_token_expired": "đã quá lâu không dùng đến nên Lark cho hết hạn.",
        "user_not_found": "Lark cho biết tài khoản này không còn hoạt động.",
    },
    other_reason="Lark không còn nhận quyền truy cập này.",
    scopes={
        "calendar:calendar:read": "xem danh sách lịch",
        "calendar:calendar.event:read": "xem sự kiện trong lịch",
        "calendar:calendar.event:create": "tạo sự kiện",
        "calendar:calendar.event:update": "sửa sự kiện",
        "calendar:calendar.event:delete": "hủy sự kiện",
        "calendar:calendar.free_busy:read": "xem giờ bận và rảnh",
        "task:task:read": "xem việc cần làm",
        "task:task:write": "tạo và sửa việc cần làm",
        "task:tasklist:read": "xem danh sách công việc",
        "contact:user:search": "tìm đồng nghiệp",
    },
    kinds={
        Kind.VOICE: "Tôi chưa nghe được tin nhắn thoại. Bạn gõ thành chữ giúp tôi nhé.",
        Kind.PICTURE: "Tôi chưa xem được hình và video. Bạn mô tả bằng chữ giúp tôi nhé.",
        Kind.FILE: "Tôi chưa đọc được tệp. Bạn chép phần cần hỏi vào tin nhắn giúp tôi nhé.",
        Kind.STICKER: "Cảm ơn bạn! Nếu cần gì, bạn cứ nhắn cho tôi bằng chữ, hoặc gõ `/trợ giúp`.",
        Kind.CARD: "Tôi chưa đọc được thẻ. Bạn gõ điều cần hỏi bằng chữ giúp tôi nhé.",
        Kind.SHARE: "Tôi chưa mở được nội dung chia sẻ. Bạn gõ điều cần hỏi bằng chữ giúp tôi nhé.",
        Kind.UNREADABLE: (
            "Tôi chưa đọc được tin nhắn này: nó quá dài hoặc có dạng mà tôi chưa biết. "
            "Bạn gửi lại ngắn hơn, bằng chữ, giúp tôi nhé."
        ),
    },
    late="Xin lỗi, vừa rồi tôi bận nên chưa trả lời bạn. Nếu bạn vẫn cần, hãy nhắn lại giúp tôi nhé.",
    given_up="Xin lỗi, tôi gặp lỗi và chưa trả lời được tin này. Bạn thử lại sau ít phút nhé.",
    answered_privately="Tôi đã trả lời riêng cho bạn.",
    not_answered_privately=(
        "Tôi không gửi được tin nhắn riêng cho bạn: có thể bạn đã tắt tin nhắn từ tôi, hoặc tôi chưa được "
        "mở cho bạn. Bạn hãy mở cuộc trò chuyện riêng với tôi rồi nhắn lại nhé."
    ),
)

EN = Texts(
    welcome_title="Hello! I am your assistant in Lark",
    welcome=(
        "I can help you with your calendar and tasks. Please connect your Lark account first, "
        "or try one of the questions below. Type /help to learn more."
    ),
    prompts=(
        "What is on my calendar today?",
        "Which tasks are due this week?",
        "When am I free tomorrow afternoon?",
    ),
    connect_button="Connect my Lark account",
    connect_command="/connect",
    help=_EN_HELP,
    no_such_command="I do not have this command.",
    no_model=(
        "Sorry, I cannot answer questions yet: the assistant's language model is not configured "
        "(there is no ANTHROPIC_API_KEY). Please tell your administrator."
    ),
    connect=(
        "Please open this link to let me see your calendar and tasks:\n\n"
        "[Connect my Lark account]({link})\n\n"
        "The link is for you alone and works for 24 hours; please do not pass it on."
    ),
    connect_unavailable="Sorry, connecting accounts is not configured. Please tell your administrator.",
    disconnected=(
        "Disconnected. I have deleted the access that I kept, and taken it back at Lark. "
        "Type `/connect` whenever you need it again."
    ),
    disconnected_here_only=(
        "I have deleted the access that I kept, so I can no longer see your data. "
        "However, Lark has not confirmed that it was taken back there: it will end by itself."
    ),
    was_not_connected="You have not connected a Lark account, so there is nothing to disconnect.",
    new="A new conversation has begun. I no longer remember what was said before.",
    stopped="Stopped: I do nothing more about what you asked here before.",
    no_right="You do not have the right to do this. Please ask your administrator.",
    nothing_to_do={
        "retry_all": "There is nothing to send again.",
        "sync_all": "No table is connected that could be synced.",
    },
    connected="**Lark account:** connected since {since}.",
    renews="The connection lasts until {until} and renews itself while it is used.",
    renews_not=(
        "The connection lasts until {until}; Lark does not let it be renewed, so please reconnect after that."
    ),
    may="**I may:** {scopes}.",
    may_nothing="I may not see anything yet.",
    reconnect="**Please connect again:** {reason} Type `/connect`.",
    lost_before="**Your Lark account has to be connected again:** {reason}",
    lost_title="Please connect Lark again",
    lost=(
        "I can no longer see your calendar and tasks in Lark: {reason} "
        "Whenever you need them, send me /connect to connect again."
    ),
    not_connected="**Lark account:** not connected. Type `/connect` to let me see your calendar and tasks.",
    staff_may="**What you may do in Larkbridge:** {scopes}.",
    staff_may_nothing="**What you may do in Larkbridge:** nothing.",
    staff_scopes={
        Scope.READ: "see the centre's data",
        Scope.RETRY: "send again what failed",
        Scope.WRITE: "change data",
        Scope.PEOPLE: "manage personal data",
        Scope.ADMIN: "administer",
    },
    model_status="**Language model:** not configured.",
    model_ready="**Language model:** {model}.",
    version="**Version:** {version}",
    reasons={
        "answer_lost": "Lark's answer was lost while the access was being renewed.",
        "no_refresh_token": "Lark does not let the access be renewed, and it has ended.",
        "refresh_token_expired": "the access was not used for so long that Lark ended it.",
        "user_not_found": "Lark says that this account is no longer active.",
    },
    other_reason="Lark no longer accepts this access.",
    scopes={
        "calendar:calendar:read": "see your list of calendars",
        "calendar:calendar.event:read": "see calendar events",
        "calendar:calendar.event:create": "create events",
        "calendar:calendar.event:update": "change events",
        "calendar:calendar.event:delete": "cancel events",
        "calendar:calendar.free_busy:read": "see when people are free or busy",
        "task:task:read": "see tasks",
        "task:task:write": "create and change tasks",
        "task:tasklist:read": "see task lists",
        "contact:user:search": "find colleagues",
    },
    kinds={
        Kind.VOICE: "I cannot listen to voice messages yet. Please type it for me.",
        Kind.PICTURE: "I cannot look at pictures and videos yet. Please describe it in words.",
        Kind.FILE: "I cannot read files yet. Please copy the part that you ask about into a message.",
        Kind.STICKER: "Thank you! If you need anything, write to me in words, or type `/help`.",
        Kind.CARD: "I cannot read cards yet. Please type your question in words.",
        Kind.SHARE: "I cannot open what is shared yet. Please type your question in words.",
        Kind.UNREADABLE: (
            "I could not read this message: it is too long, or of a kind that I do not know. "
            "Please send it again, shorter and in words."
        ),
    },
    late="Sorry, I was busy just now and did not answer you. If you still need it, please write again.",
    given_up="Sorry, something went wrong and I could not answer this. Please try again in a few minutes.",
    answered_privately="I have answered you privately.",
    not_answered_privately=(
        "I could not send you a private message: you may have muted me, or I am not available to you yet. "
        "Please open our private chat and write to me there."
    ),
)
