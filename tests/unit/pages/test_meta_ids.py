"""A page passes Meta's ids on only with consent, and only those that are well-formed."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from larkbridge.pages.meta_ids import without_forbidden_ids

CLICK = "IwAR2xbFqLzT_aem-9"
WELL_FORMED = [
    ("fbp", "fb.1.1795140000000.1098115397"),
    ("fbp", "fb.0.1795140000000.1098115397"),
    ("fbp", "fb.2.1795140000000.1098115397.AQ"),
    ("fbp", "fb.2.1795140000000.1098115397.AQIAAQIA"),
    ("fbc", f"fb.1.1795140000000.{CLICK}"),
    ("fbc", f"fb.2.1795140000000.{CLICK}.Bg"),
    ("fbc", f"fb.2.1795140000000.{CLICK}.AQIAAQIA"),
]
MALFORMED = [
    ("fbp", "fb.1.1795140000000"),
    ("fbp", "fb.1.1795140000000."),
    ("fbp", "fb.1.1795140000000.1098115397.A"),
    ("fbp", "fb.1.1795140000000.1098115397.AQ.AQ"),
    ("fbp", "fb.1.1795140000000.GA1-2"),
    ("fbp", "FB.1.1795140000000.1098115397"),
    ("fbp", "fb.1.1795140000000.١٠٩٨"),
    ("fbp", " fb.1.1795140000000.1098115397"),
    ("fbp", "fb.1.1795140000000.1098115397\n"),
    ("fbc", CLICK),
    ("fbc", "fb.1.soon.IwAR2xbFqLzT"),
    ("fbc", f"fb.1.1795140000000.{'I' * 451}"),
    ("fbc", "fb.1.1795140000000.<script>"),
    ("fbc", ""),
]


@pytest.mark.parametrize(("name", "value"), WELL_FORMED)
def test_an_id_with_consent_stays_as_it_is(name: str, value: str) -> None:
    fields = {"marketingConsent": "on", name: value}
    assert without_forbidden_ids(fields) == fields


@pytest.mark.parametrize(("name", "value"), MALFORMED)
def test_a_malformed_id_is_left_out(name: str, value: str) -> None:
    assert without_forbidden_ids({"marketingConsent": "on", name: value}) == {"marketingConsent": "on"}


@pytest.mark.parametrize("consent", [{}, {"marketingConsent": ""}, {"marketingConsent": "off"}])
@pytest.mark.parametrize(("name", "value"), WELL_FORMED)
def test_without_consent_no_id_is_passed_on(name: str, value: str, consent: dict[str, str]) -> None:
    assert without_forbidden_ids({name: value, "note": "fb.1.1.1", **consent}) == {
        "note": "fb.1.1.1",
        **consent,
    }


@given(
    name=st.sampled_from(["fbp", "fbc"]),
    parts=st.lists(st.text(st.sampled_from("0189aZ_-. é\n"), max_size=9), max_size=6),
)
@example(name="fbp", parts=["1", "1795140000000", "1098115397"])
@example(name="fbc", parts=["1", "1795140000000", "Iw", "AQ"])
@settings(deadline=None)
def test_only_four_or_five_parts_of_letters_and_digits_pass(name: str, parts: list[str]) -> None:
    value = ".".join(["fb", *parts])
    kept = without_forbidden_ids({"marketingConsent": "on", name: value}).get(name)
    assert kept in (None, value)
    if kept is not None:
        found = kept.split(".")
        assert 4 <= len(found) <= 5
        assert all(re.fullmatch(r"[A-Za-z0-9_-]+", part, re.ASCII) for part in found)
        assert len("".join(found[4:])) in (0, 2, 8)


@given(
    index=st.integers(0, 9),
    moment=st.integers(10**12, 10**13 - 1),
    click=st.text(st.sampled_from("abzABZ059_-"), min_size=1, max_size=200),
    added=st.sampled_from(["", ".AQ", ".BgAAAQID"]),
)
@settings(deadline=None)
def test_whatever_meta_makes_passes_unchanged(index: int, moment: int, click: str, added: str) -> None:
    fields = {"marketingConsent": "on", "fbc": f"fb.{index}.{moment}.{click}{added}"}
    assert without_forbidden_ids(fields) == fields
