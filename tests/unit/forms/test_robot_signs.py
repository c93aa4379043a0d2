"""What holds a form: signs of a robot, and nothing that a person does."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.forms.robot_signs import Evidence, robot_signs
from larkbridge.store.submissions import FormType
from tests.support.clock import START
from tests.support.forms import FORMS
from tests.support.world import World

NOW = START.timestamp() * 1000
NAMES = [
    (FormType.STUDENT_INFO, "parentName"),
    (FormType.LEAVE_REQUEST, "studentName"),
    (FormType.TRANSFER, "recipientName"),
    (FormType.TRANSFER, "recipientParentName"),
]
LINKS = [
    "https://a.example/x",
    "HTTP://A.EXAMPLE",
    "xem www.vay-tien.example nhé",
    "vaytien247.com",
    "Hà giamgia.vn",
    "GIAMGIA.COM.VN",
    "sub.shop-hot.xyz",
    "bit.ly/3xyz",
    "t.me/kenh",
]
SYLLABLES = [
    "Nguyễn",
    "Nguyen",
    "Trần",
    "Thị",
    "Thi",
    "Văn",
    "Van",
    "Hà",
    "An",
    "Ng",
    "T",
    "H'Mông",
    "My",
    "Ly",
]
SYLLABLES += ["Đỗ", "Do", "Na", "La", "Vy", "Tú", "Bảo", "To", "Me", "Co", "In"]


def held_for(world: World, **fields: Any) -> list[str] | None:
    return held_for_in(world, FormType.STUDENT_INFO, fields)


def held_for_in(world: World, form_type: FormType, fields: dict[str, Any]) -> list[str] | None:
    answer = world.post(form_type, FORMS[form_type] | fields)
    assert answer.status == 200, answer.body
    return world.stored(answer.body["submissionId"]).held_for


@pytest.mark.parametrize("filled", ["x", "0", "a" * 5000, "\x07", 1, True, ["x"], {"a": 1}])
def test_honeypot_that_is_filled_in_holds(world: World, filled: Any) -> None:
    assert held_for(world, phu_luc=filled) == ["honeypot"]


@pytest.mark.parametrize("empty", ["", "  ", "\u200b", None])
def test_honeypot_that_is_sent_empty_is_a_person(world: World, empty: Any) -> None:
    assert held_for(world, phu_luc=empty) is None


@pytest.mark.parametrize("seconds", [-3600, -1, 0, 2.9])
@pytest.mark.parametrize("kind", [str, int])
def test_page_that_was_served_a_moment_ago_or_later_holds(world: World, seconds: float, kind: Any) -> None:
    assert held_for(world, startedAt=kind(int(NOW - seconds * 1000))) == ["too_fast"]


@pytest.mark.parametrize("days", [0.0001, 1, 400])
def test_tab_from_yesterday_is_a_parent(world: World, days: float) -> None:
    assert held_for(world, startedAt=str(int(NOW - days * 86_400_000))) is None


def test_absent_start_is_no_sign(world: World) -> None:
    assert held_for(world) is None
    assert held_for(world, startedAt="") is None


@pytest.mark.parametrize(
    "bad", ["now", "-5", "0", 0, -1, "1" * 16, 1e300, True, [], {}, "１７９５", "\x07", "1.5"]
)
def test_start_that_is_no_moment_holds(world: World, bad: Any) -> None:
    assert held_for(world, startedAt=bad) == ["bad_start"]


@pytest.mark.parametrize(("form_type", "name"), NAMES)
@pytest.mark.parametrize("link", LINKS)
def test_link_in_a_name_holds(world: World, form_type: FormType, name: str, link: str) -> None:
    assert held_for_in(world, form_type, {name: link}) == ["link_in_name"]


@pytest.mark.parametrize("field", ["note", "address", "school"])
def test_link_elsewhere_is_a_parents_business(world: World, field: str) -> None:
    assert held_for(world, **{field: "https://truong.example/lop"}) is None


@given(
    st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=6), st.sampled_from([".", ". ", " ", "-", "/"])
)
def test_name_written_with_dots_is_no_link(parts: list[str], between: str) -> None:
    assert not [*robot_signs(Evidence(), {"parentName": between.join(parts)}, START)]


@given(st.text(), st.sampled_from(LINKS), st.text())
def test_link_is_found_wherever_it_stands(before: str, link: str, after: str) -> None:
    name = f"{before} {link} {after}"
    assert [*robot_signs(Evidence(), {"studentName": name}, START)] == ["link_in_name"]


@given(st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.lists(st.integers())))
def test_whatever_came_is_judged(anything: Any) -> None:
    signs = {*robot_signs(Evidence(started_at=anything), {}, START)}
    assert len(signs) <= 1
    assert signs <= {"too_fast", "bad_start"}


def test_all_signs_are_named(world: World) -> None:
    signs = held_for(world, phu_luc="x", startedAt=str(int(NOW)), parentName="www.a.example")
    assert signs == ["honeypot", "too_fast", "link_in_name"]
