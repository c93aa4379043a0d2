"""A browser posts a form: every answer is a page for a parent, and what was typed stays."""

from larkbridge.store.submissions import FormType
from tests.support.world import World

HOLD = FormType.HOLD
KEY = "3f0c9a1e-7d54-4b3a-9c1f-5b2a6e8d4f10"
TYPED = {
    "parentName": "Nguyễn Thị Hà",
    "parentPhone": "0912 345 678",
    "consent": "on",
    "studentName": "Nguyễn Minh An",
    "className": "Mầm 3A",
    "holdFrom-day": "1",
    "holdFrom-month": "9",
    "holdFrom-year": "2026",
    "holdUntil-day": "05",
    "holdUntil-month": "thg 10",
    "holdUntil-year": "2026",
    "reason": "Gia đình về quê",
    "submissionKey": KEY,
}


def test_form_is_taken_and_its_page_says_so(world: World) -> None:
    answer = world.browse(HOLD, TYPED)
    assert answer.status == 303
    (run,) = world.lark.runs
    assert (run.payload["holdFrom"], run.payload["holdUntil"]) == ("2026-09-01", "2026-10-05")
    assert (run.payload["consent"], run.payload["replaces"]) == (True, "")
    sent = world.follow(HOLD, answer)
    assert sent.status == 200
    assert run.payload["submissionId"] in sent.text
    assert f'data-event-id="{run.payload["submissionId"]}"' in sent.html
