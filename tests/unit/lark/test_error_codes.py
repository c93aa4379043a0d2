"""The lists of Lark's codes: every one has a meaning, words, a source and something to do about it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from larkbridge.lark.error_codes import CODE_LISTS, known_codes, meaning_of
from larkbridge.lark.hints import HINTS
from larkbridge.work.outcome import QUOTA_USED_UP, RATE_LIMITED, Verdict
from tests.support.template import ROOT

PAGES: list[dict[str, Any]] = [
    page for path in sorted(CODE_LISTS.glob("*.json")) for page in json.loads(path.read_text())
]
SIMULATOR = ROOT / "sandbox" / "lark"
SET_UP = {
    91402: "base_not_found",
    91403: "no_permission",
    1254302: "no_permission",
    99991672: "no_permission",
    10003: "bad_parameter",
    10014: "bad_app_credential",
    10015: "bad_app_credential",
    99991543: "bad_app_credential",
    99991662: "app_disabled",
    99991401: "ip_not_allowed",
    800005650: "ip_not_allowed",
    230006: "bot_disabled",
    230013: "receiver_unavailable",
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page["source"][:60])
def test_every_list_names_its_source(page: dict[str, Any]) -> None:
    assert set(page) == {"source", "codes"}
    assert len(page["source"]) > 20
    assert page["codes"]


@pytest.mark.parametrize("code", known_codes())
def test_every_code_has_a_verdict_a_reason_words_and_a_hint(code: int) -> None:
    meaning = known_codes()[code]
    assert code > 0
    assert meaning.verdict in (Verdict.RETRY, Verdict.REJECT, Verdict.UNKNOWN)
    assert re.fullmatch(r"[a-z_]+", meaning.reason)
    assert meaning.words.strip() == meaning.words != ""
    assert meaning.reason in HINTS


def test_no_code_is_listed_twice() -> None:
    listed = [code for page in PAGES for code in page["codes"]]
    assert len(listed) == len(set(listed)) == len(known_codes())


def test_a_reason_has_one_verdict_but_where_lark_tells_two_cases_apart() -> None:
    verdicts: dict[str, set[Verdict]] = {}
    for meaning in known_codes().values():
        verdicts.setdefault(meaning.reason, set()).add(meaning.verdict)
    assert {reason for reason, found in verdicts.items() if len(found) > 1} == set()


@pytest.mark.parametrize(("code", "reason"), SET_UP.items())
def test_set_up_mistakes_have_names(code: int, reason: str) -> None:
    assert meaning_of(200, code).reason == meaning_of(403, code).reason == reason


@pytest.mark.parametrize("code", [99991400, 800005652, 800004135, 230020, 1254290, 190004, 190005, 190010])
def test_too_fast_is_told_apart(code: int) -> None:
    assert (meaning_of(200, code).verdict, meaning_of(200, code).reason) == (Verdict.RETRY, RATE_LIMITED)


def test_a_quota_that_is_used_up_is_not_too_fast() -> None:
    assert (meaning_of(429, 99991403).verdict, meaning_of(429, 99991403).reason) == (
        Verdict.RETRY,
        QUOTA_USED_UP,
    )


@pytest.mark.parametrize("path", sorted(SIMULATOR.glob("*.py")), ids=lambda path: path.name)
def test_every_code_of_the_simulator_is_known(path: Path) -> None:
    codes = {int(one) for one in re.findall(r"(?<![\w.])\d{5,10}(?![\w.])", path.read_text())}
    assert codes <= set(known_codes())
