"""What the agent says in the model's place, in both languages; Markdown."""

from typing import NamedTuple

from larkbridge.agent.chat_texts import EN as EN_TEXTS
from larkbridge.agent.chat_wording import Texts


class ModelTexts(NamedTuple):
    """One language's texts; a language that lacks one cannot be made."""

    progress: str
    cut_off: str
    too_many_rounds: str
    out_of_time: str
    refused: str
    too_long: str
    nothing_said: str
    model_down: str
    model_refuses: str
    tokens_used_up: str
    scope_missing: str
    vault_broken: str


_VI = ModelTexts(
    progress="Tôi vẫn đang làm, bạn chờ thêm một chút nhé. Nếu không cần nữa, bạn gõ `/dừng`.",
    cut_off="*(Câu trả lời dài quá nên bị cắt. Bạn hỏi hẹp lại giúp tôi nhé.)*",
    too_many_rounds=(
        "Xin lỗi, câu hỏi này cần nhiều bước hơn mức tôi được làm trong một lượt. "
        "Bạn chia nhỏ câu hỏi giúp tôi nhé."
    ),
    out_of_time="Xin lỗi, tôi chưa làm xong trong thời gian cho phép. Bạn hỏi hẹp lại giúp tôi nhé.",
    refused="Xin lỗi, tôi không trả lời được câu hỏi này. Bạn thử hỏi theo cách khác nhé.",
    too_long="Cuộc trò chuyện này đã quá dài. Bạn gõ `/mới` để bắt đầu lại, rồi hỏi lại giúp tôi nhé.",
    nothing_said="Xin lỗi, tôi chưa có câu trả lời. Bạn hỏi lại theo cách khác giúp tôi nhé.",
    model_down="Xin lỗi, mô hình ngôn ngữ đang quá tải hoặc gặp sự cố. Bạn thử lại sau ít phút nhé.",
    model_refuses=(
        "Xin lỗi, mô hình ngôn ngữ không nhận yêu cầu của tôi: có thể khoá, tên mô hình hoặc hạn mức "
        "chưa đúng. Bạn vui lòng báo cho quản trị viên nhé."
    ),
    tokens_used_up=(
        "Hôm nay bạn đã dùng hết phần trả lời dành cho mỗi người. Bạn hỏi lại vào ngày mai, "
        "hoặc nhờ quản trị viên nâng mức này nhé. Các lệnh như `/trợ giúp` vẫn dùng được."
    ),
    scope_missing=(
        "Tôi chưa làm được việc này: quản trị viên cần bật thêm quyền cho ứng dụng, "
        "rồi phát hành phiên bản mới.\n\n"
        "[Mở trang bật quyền]({link})"
    ),
    vault_broken=(
        "Xin lỗi, tôi không mở được quyền truy cập đã lưu vì cấu hình có lỗi. "
        "Bạn vui lòng báo cho quản trị viên nhé."
    ),
)

_EN = ModelTexts(
    progress="I am still working on it, please wait a little longer. If you no longer need it, type `/stop`.",
    cut_off="*(The answer was too long and has been cut off. Please ask for less at once.)*",
    too_many_rounds=(
        "Sorry, this question takes more steps than I may take at once. Please split it into smaller ones."
    ),
    out_of_time="Sorry, I did not finish in the time that I have. Please ask for less at once.",
    refused="Sorry, I cannot answer this question. Please try to ask it in another way.",
    too_long="This conversation has become too long. Please type `/new` to begin afresh, and ask again.",
    nothing_said="Sorry, I have no answer. Please ask again in another way.",
    model_down="Sorry, the language model is overloaded or has a problem. Please try again in a few minutes.",
    model_refuses=(
        "Sorry, the language model does not take my requests: its key, its name or its limit may be wrong. "
        "Please tell your administrator."
    ),
    tokens_used_up=(
        "You have used up today's share of answers for one person. Please ask again tomorrow, "
        "or have your administrator raise it. Commands such as `/help` still work."
    ),
    scope_missing=(
        "I cannot do this yet: an administrator has to switch a scope on for the app, "
        "and publish a version.\n\n"
        "[Open the page with the scopes]({link})"
    ),
    vault_broken=(
        "Sorry, I cannot open the access that I kept, because the configuration is wrong. "
        "Please tell your administrator."
    ),
)


def model_texts(texts: Texts) -> ModelTexts:
    """Return the texts in the language of others."""
    return _EN if texts is EN_TEXTS else _VI
