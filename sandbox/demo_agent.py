"""`make demo-agent`: a conversation with the bot as a person sees it, from welcome to farewell.

Everything goes its whole way: Lark's events are signed and encrypted, and a browser presses Lark's page. What
the model answers is written down here; what its tools do is real.
Exits 1 if anything does not hold.
"""

import argparse
import re
import sys
import uuid
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from larkbridge.clock import HO_CHI_MINH
from sandbox.browser import PHONE, launched
from sandbox.demo_conversation import Conversation, Line, NotSeenError, shown
from sandbox.demo_model import Model, scripted
from sandbox.lark.contacts import PEOPLE
from sandbox.lark.routes import WORKFLOW_CONTROL
from sandbox.local_aws import LocalAws
from sandbox.processes import StackError
from sandbox.samples import FORMS, ROUTES
from sandbox.stack import STAFF_CHAT, Stack

ASKED = "Tôi đã hỏi bạn trên thẻ."
MANAGER = PEOPLE[-1]
MORNING = "Chào buổi sáng"


def link_in(text: str) -> str:
    """Return the address that a message links to; raises NotSeenError when there is none."""
    found = re.search(r"\((https?://[^)\s]+)\)", text)
    if found is None:
        raise NotSeenError("the answer has no link")
    return found[1]


def agree(link: str, open_id: str) -> str:
    """Follow a link in a browser, agree on Lark's page as a person, and return what the last page says."""
    with launched() as browser:
        page = browser.new_context(**PHONE).new_page()
        page.goto(link)
        print(f"    (the page: {page.locator('h1').inner_text()})", flush=True)
        page.locator("form button").click()
        page.wait_for_url("**/authen/v1/authorize**")
        print(f"    (Lark's page: {page.locator('h1').inner_text()})", flush=True)
        page.locator(f"input[value='{open_id}']").check()
        page.get_by_role("button", name="Authorize").click()
        page.wait_for_url("**/oauth/callback**")
        return page.locator("h1").inner_text()


def play(description: dict[str, Any]) -> None:
    """Play the conversation on a stack, see its stack.json; raises NotSeenError where it goes another way."""
    url = description["sandboxUrl"]
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as sandbox, scripted(sandbox) as model:
        chat = Conversation(sandbox)
        connect(chat)
        ask_about_tomorrow(chat, model)
        make_an_event(chat, model)
        complete_a_task(chat, model)
        disconnect(chat)
        send_again(Conversation(sandbox, MANAGER), model, description)
        see_the_morning(sandbox, description)


def connect(chat: Conversation) -> None:
    """Open the chat, connect by the card's button, and see what the bot says of it, in a group too."""
    welcome = chat.enter()
    invited = chat.press(welcome, welcome["buttons"][0])
    last_page = agree(link_in(invited["text"]), chat.open_id)
    print(f"    (the page: {last_page})", flush=True)
    chat.answer()
    _expect("đã kết nối từ", chat.say("/trạng thái"))
    _expect("trả lời riêng", chat.say_in_group("/trạng thái"))
    _expect("đã kết nối từ", chat.answer())


def ask_about_tomorrow(chat: Conversation, model: Model) -> None:
    """Ask when there is nothing in the person's calendar."""
    day = tomorrow()
    span = {"start": f"{day}T13:00:00", "end": f"{day}T18:00:00"}
    said = f"Chiều mai ({day:%d/%m}) bạn rảnh cả buổi, từ 13:00 đến 18:00."
    model.answers("chiều mai tôi rảnh", said, free_busy=span)
    _ask(chat, "Chiều mai tôi rảnh lúc nào?", said)


def make_an_event(chat: Conversation, model: Model) -> None:
    """Have an event made, and taken back."""
    day = tomorrow()
    event = {"title": "Họp phụ huynh", "start": f"{day}T14:00:00", "end": f"{day}T15:00:00"}
    model.answers("họp phụ huynh", ASKED, create_event=event)
    _ask(chat, "Mai 14 giờ đặt cho tôi buổi họp phụ huynh một tiếng", ASKED)
    made = chat.decide(chat.question(), "Đồng ý", "Đã xong")
    chat.decide(made, "Hoàn tác", "Đã hoàn tác")


def complete_a_task(chat: Conversation, model: Model) -> None:
    """Have a task made, and completed."""
    model.answers("tạo việc", ASKED, create_task={"title": "In đề kiểm tra"})
    _ask(chat, "Tạo việc: in đề kiểm tra", ASKED)
    chat.decide(chat.question(), "Đồng ý", "Đã xong")
    model.answers("tôi có việc gì", "Bạn có 1 việc: In đề kiểm tra.", my_tasks={})
    _ask(chat, "Tôi có việc gì?", "In đề kiểm tra")
    task_id = model.told()["tasks"][0]["taskId"]
    model.answers("in đề xong", ASKED, complete_task={"task_id": task_id})
    _ask(chat, "Tôi in đề xong rồi", ASKED)
    chat.decide(chat.question(), "Đồng ý", "Đã xong")


def disconnect(chat: Conversation) -> None:
    """Have the bot stop, and take the connection back."""
    _expect("Đã dừng", chat.say("/dừng"))
    _expect("Đã ngắt kết nối", chat.say("/ngắt kết nối"))
    _expect("chưa kết nối", chat.say("/trạng thái"))


def send_again(chat: Conversation, model: Model, description: dict[str, Any]) -> None:
    """Ask who has not been sent while Lark's workflow is down, and have that form sent again."""
    submission_id = unsent_form(description)
    model.answers(
        "ai chưa được gửi", "Phiếu mới nhất chưa gửi được là của chị Hà.", submissions={"state": "not_sent"}
    )
    chat.say("Ai chưa được gửi?")
    if submission_id not in str(model.told()):
        raise NotSeenError("the tool does not name the form")
    model.answers("gửi lại", ASKED, retry_submission={"submission_id": submission_id})
    _ask(chat, "Gửi lại giúp tôi", ASKED)
    chat.decide(chat.question(), "Đồng ý", "Đã xong")


def unsent_form(description: dict[str, Any]) -> str:
    """Send a form while Lark's workflow is down, and return its id."""
    fault = f"{description['sandboxUrl']}{WORKFLOW_CONTROL}/fault"
    form = FORMS["leave-request"] | {"reason": f"Về quê ({uuid.uuid4()})"}
    with httpx.Client(timeout=40, trust_env=False) as client:
        client.put(fault, json={"kind": "down"}).raise_for_status()
        try:
            sent = client.post(f"{description['apiUrl']}{ROUTES['leave-request']}", json=form)
        finally:
            client.delete(fault).raise_for_status()
    return sent.raise_for_status().json()["submissionId"]


def see_the_morning(sandbox: httpx.Client, description: dict[str, Any]) -> None:
    """Have the morning's job run, and show the card in the staff's chat; a day has one."""
    print("(08:00, in the staff's chat)", flush=True)
    function = description["outputs"]["RetryDueFunction"]
    LocalAws(description["awsEndpoint"]).client("lambda").invoke(
        FunctionName=function, Payload=b'{"backlog": "morning"}'
    )
    card = Conversation(sandbox, MANAGER).seen_in(STAFF_CHAT, MORNING)
    print(shown(card, in_group=False), flush=True)


def tomorrow() -> date:
    """Return the day that is tomorrow in Vietnam."""
    return datetime.now(HO_CHI_MINH).date() + timedelta(days=1)


def _ask(chat: Conversation, text: str, words: str) -> None:
    """Ask, agree on Lark's page to what that takes if the bot says so, and wait for these words."""
    answer = chat.say(text)
    if "/oauth/start" in answer["text"]:
        print(f"    (the page: {agree(link_in(answer['text']), chat.open_id)})", flush=True)
        answer = chat.hear(words)
    _expect(words, answer)


def _expect(words: str, line: Line) -> None:
    if words not in line["text"]:
        raise NotSeenError(f"the answer does not say {words!r}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo_agent", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the local stack's directory")
    stack = Stack(parser.parse_args().home)
    try:
        description = (stack.healthy() and stack.description()) or stack.up()
        play(description)
    except (StackError, NotSeenError) as error:
        print(f"larkbridge: {error}", file=sys.stderr)
        return 1
    print("\nEverything was seen that was to be seen.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
