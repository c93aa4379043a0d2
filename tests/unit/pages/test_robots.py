"""What a robot's post from a page meets, and a parent's where too many came from one address."""

from typing import Any

import pytest

from larkbridge.store.submissions import Submission
from tests.support.world import World
from tests.unit.pages.test_posting import HOLD, KEY, TYPED

TRAP = {"phu_luc": "x"}


def held_for(world: World, **fields: Any) -> list[str] | None:
    answer = world.browse(HOLD, TYPED | fields)
    assert answer.status == 303
    (one,) = _all(world)
    return one.held_for


def _all(world: World) -> list[Submission]:
    listed = world.call_admin("GET /v1/submissions").body["items"]
    return [world.stored(item["submissionId"]) for item in listed]


@pytest.mark.parametrize(
    ("fields", "sign"),
    [
        (TRAP, "honeypot"),
        ({"startedAt": "1"}, None),
        ({"startedAt": "x"}, "bad_start"),
        ({"studentName": "www.vay.example"}, "link_in_name"),
        ({"phu_luc": "", "startedAt": ""}, None),
    ],
)
def test_signs_are_read_from_a_page_too(world: World, fields: dict[str, str], sign: str | None) -> None:
    assert held_for(world, **fields) == (None if sign is None else [sign])


def test_page_that_was_served_a_moment_ago_holds(world: World) -> None:
    moment = str(int(world.clock.timestamp() * 1000) - 2000)
    assert held_for(world, startedAt=moment) == ["too_fast"]


def test_robot_sees_what_a_parent_sees_whose_form_waits(world: World) -> None:
    robots = world.browse(HOLD, TYPED | TRAP)
    shown = world.follow(HOLD, robots)
    world.restart(LARK_FORM_WEBHOOK_URL="")
    parents = world.browse(HOLD, TYPED | {"submissionKey": "another"})
    alike = world.follow(HOLD, parents)
    assert (robots.status, robots.headers.keys()) == (parents.status, parents.headers.keys())
    texts = {shown.text, alike.text}
    for one in _all(world):
        texts = {text.replace(one.submission_id, "") for text in texts}
    assert len(texts) == 1


def test_parent_behind_a_busy_address_keeps_text_and_key(world: World) -> None:
    world.restart(FORM_SOFT_LIMIT="1", FORM_HARD_LIMIT="1")
    world.browse(HOLD, TYPED | {"submissionKey": "another"})
    refused = world.browse(HOLD, TYPED)
    assert (refused.status, refused.headers.keys() >= {"retry-after"}) == (429, True)
    assert refused.inputs["submissionKey"] == KEY
    assert refused.inputs["reason"] == TYPED["reason"]
    world.clock.advance(minutes=10)
    assert world.browse(HOLD, refused.inputs).status == 303


def test_trusted_header_says_who_browses(world: World) -> None:
    limits = {"FORM_SOFT_LIMIT": "1", "FORM_HARD_LIMIT": "1", "TRUSTED_CLIENT_IP_HEADER": "CF-Connecting-IP"}
    world.restart(**limits)
    answers = [
        world.browse(HOLD, TYPED | {"submissionKey": address}, cf_connecting_ip=address)
        for address in ("203.0.113.1", "203.0.113.2", "203.0.113.1")
    ]
    assert [answer.status for answer in answers] == [303, 303, 429]
