"""A browser without JavaScript sends a file after the form: every step is a page or leads to one."""

import pytest

from larkbridge.store.submissions import FormType
from larkbridge.store.work import Status
from sandbox.faults import Fault
from tests.support.aws_faults import before_next_change
from tests.support.file_steps import TYPED, post_page, send_file, step_of, submission_of
from tests.support.memory_dynamo.aws import MemoryAccount
from tests.support.pages import Page
from tests.support.uploads import JPEG, PDF, attachment, link_at_lark, open_link, uploaded
from tests.support.world import World

HOLD = FormType.HOLD


def end_of(world: World, arrival: str) -> Page:
    """Let a browser come back from S3 and go on to where the step leads to."""
    answer = world.browse(HOLD, place="/tep", query=arrival)
    place, _, query = answer.headers["location"].partition("?")
    assert (answer.status, place) == (303, "da-gui")
    return world.browse(HOLD, place="/da-gui", query=query)


def test_a_file_that_follows_the_form_reaches_lark_with_the_form_once_more(
    world: World, account: MemoryAccount
) -> None:
    confirmation = post_page(world)
    submission_id = submission_of(confirmation)
    step = world.browse(HOLD, place="/tep", query=step_of(confirmation))
    arrival = send_file(account, step, PDF)
    end_of(world, arrival)
    done = end_of(world, arrival)
    world.send_new()
    world.let_retry_run()

    assert "Tệp đính kèm đã được gửi." in done.text
    assert step_of(done) == ""
    assert attachment(world, submission_id)["status"] == "kept"
    assert [run.payload["resend"] for run in world.lark.runs] == ["", "1"]
    assert open_link(world, link_at_lark(world, submission_id)).status == 302


def test_lark_gets_the_form_once_if_it_had_not_got_it(world: World, account: MemoryAccount) -> None:
    world.lark.faults.set(Fault("down"))
    confirmation = post_page(world)
    step = world.browse(HOLD, place="/tep", query=step_of(confirmation))
    world.browse(HOLD, place="/tep", query=send_file(account, step, PDF))
    world.send_new()
    world.lark.faults.clear()
    world.let_retry_run()

    assert [run.payload["resend"] for run in world.lark.runs] == [""]
    assert link_at_lark(world, submission_of(confirmation))


@pytest.mark.parametrize("lark_is_down", [True, False])
def test_a_file_that_follows_a_form_which_is_corrected_meanwhile_belongs_to_the_correction(
    world: World, account: MemoryAccount, *, lark_is_down: bool
) -> None:
    if lark_is_down:
        world.lark.faults.set(Fault("down"))
    confirmation = post_page(world)
    step = world.browse(HOLD, place="/tep", query=step_of(confirmation))
    world.browse(HOLD, place="/tep", query=send_file(account, step, PDF))
    corrected = {
        "submissionKey": "another",
        "replaces": submission_of(confirmation),
        "reason": "Gia đình về quê chơi",
    }
    second = submission_of(post_page(world, **corrected))
    world.send_new()
    world.lark.faults.clear()
    for _ in range(3):
        world.clock.advance(hours=1)
        world.sweep()
    world.let_retry_run()

    assert attachment(world, second)["status"] == "kept"
    assert open_link(world, link_at_lark(world, second)).status == 302


@pytest.mark.parametrize("content", [b"<script>", b"MZ\x90\x00"])
def test_a_file_that_no_form_takes_changes_nothing_at_lark(
    world: World, account: MemoryAccount, content: bytes
) -> None:
    confirmation = post_page(world)
    step = world.browse(HOLD, place="/tep", query=step_of(confirmation))
    world.browse(HOLD, place="/tep", query=send_file(account, step, content))
    world.send_new()
    world.let_retry_run()

    assert account.s3.keys() == []
    assert len(world.lark.runs) == 1
    assert world.stored(submission_of(confirmation)).status == Status.SENT


def test_a_form_that_has_a_file_offers_no_second(world: World, account: MemoryAccount) -> None:
    confirmation = post_page(world, attachmentId=uploaded(world, account.s3, JPEG, type="image/jpeg"))

    assert step_of(confirmation) == ""


def test_the_step_is_closed_once_a_file_has_come(world: World, account: MemoryAccount) -> None:
    query = step_of(post_page(world))
    step = world.browse(HOLD, place="/tep", query=query)
    world.browse(HOLD, place="/tep", query=send_file(account, step, PDF))
    world.send_new()

    assert world.browse(HOLD, place="/tep", query=query).status == 303


def test_a_forged_link_says_what_to_do_and_shows_nothing(world: World, account: MemoryAccount) -> None:
    query = step_of(post_page(world))
    step = world.browse(HOLD, place="/tep", query=query)
    arrival = send_file(account, step, PDF)
    other = step_of(post_page(world, submissionKey="another", reason="Khác"))
    proof = arrival.partition("&f=")[2]
    forged = [f"{query[:-1]}x", "s=a.b", "", f"{query}&f={proof[:-2]}xx", f"{other}&f={proof}"]
    pages = [world.browse(HOLD, place="/tep", query=one) for one in forged]

    assert [page.status for page in pages] == [404] * len(forged)
    assert not [page for page in pages if "success_action_redirect" in page.html]
    assert [*world.deliveries.backlog(["file-move"])] == []


def test_the_step_that_is_opened_too_often_says_so(world: World) -> None:
    query = step_of(post_page(world))
    pages = [world.browse(HOLD, place="/tep", query=query) for _ in range(4)]

    assert [page.status for page in pages] == [200, 200, 200, 429]
    assert "quá nhiều lần" in pages[-1].text


def test_the_step_is_in_the_language_of_the_page(world: World, account: MemoryAccount) -> None:
    confirmation = world.follow(HOLD, world.browse(HOLD, TYPED, query="lang=en"))
    step = world.browse(HOLD, place="/tep", query=step_of(confirmation))
    done = end_of(world, send_file(account, step, PDF))

    assert "Send an attachment" in step.text
    assert "The attachment has been sent." in done.text


def test_a_file_that_comes_while_its_form_waits_its_turn_can_be_opened(
    world: World, account: MemoryAccount
) -> None:
    world.lark.faults.set(Fault("down"))
    confirmation = post_page(world)
    step = world.browse(HOLD, place="/tep", query=step_of(confirmation))
    world.browse(HOLD, place="/tep", query=send_file(account, step, PDF))
    world.lark.faults.clear()
    world.clock.advance(minutes=2)
    with before_next_change(world.environ["SUBMISSIONS_TABLE"], world.send_new):
        world.retry_due()

    submission_id = submission_of(confirmation)
    assert attachment(world, submission_id)["status"] == "kept"
    assert open_link(world, link_at_lark(world, submission_id)).status == 302
