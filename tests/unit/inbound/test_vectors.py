"""Every provider against the vectors that are kept as data."""

from typing import Any

import pytest

from larkbridge.inbound.all_providers import SOURCES
from tests.support.vectors import FOLDER, file_name, load, run

FILES = {path.name: load(path.name) for path in sorted(FOLDER.glob("*.json"))}
CASES = [
    pytest.param(file, case, id=f"{name.removesuffix('.json')}: {case['name']}")
    for name, file in FILES.items()
    for case in file["cases"]
]


@pytest.mark.parametrize(("file", "case"), CASES)
def test_vector(file: dict[str, Any], case: dict[str, Any]) -> None:
    outcome, expected = run(file, case), case["expect"]
    assert outcome.status == expected["status"]
    if "answer" in expected:
        assert outcome.answer == expected["answer"]
    wanted = expected.get("events", [])
    assert len(outcome.events) == len(wanted)
    for event, one in zip(outcome.events, wanted, strict=True):
        assert event | one == event


@pytest.mark.parametrize("source", SOURCES)
def test_every_provider_has_vectors_that_pass_and_vectors_that_are_refused(source: str) -> None:
    assert file_name(source) in FILES
    statuses = [case["expect"]["status"] for case in FILES[file_name(source)]["cases"]]
    assert statuses.count(200) >= 1
    assert len(statuses) - statuses.count(200) >= 3


@pytest.mark.parametrize("name", FILES)
def test_vectors_say_where_they_come_from_and_have_names_of_their_own(name: str) -> None:
    cases = FILES[name]["cases"]
    assert FILES[name]["about"]
    assert all(case["from"] for case in cases)
    assert len({case["name"] for case in cases}) == len(cases)
