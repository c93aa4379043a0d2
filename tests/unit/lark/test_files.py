"""Subscriptions to the changes in a Base."""

from typing import Any

import pytest

from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.files import Files
from larkbridge.work.outcome import Verdict
from sandbox.faults import Fault
from tests.support.lark import Platform, ScriptedLark, lark_client, refused


@pytest.fixture
def lark() -> Platform:
    platform = Platform()
    platform.api.bases.put("app1", "tbl1", "rec1", {})
    return platform


@pytest.fixture
def files(lark: Platform) -> Files:
    return Files(lark.client)


@pytest.mark.parametrize("data", [{}, {"is_subscribe": None}, {"is_subscribe": "true"}])
def test_an_answer_that_does_not_say_is_no_no(data: dict[str, Any]) -> None:
    lark = ScriptedLark({"code": 0, "data": data})
    outcome = refused(lambda: Files(lark_client(lark.network)).is_subscribed("app1"))
    assert outcome.reason == "incomplete_answer"


@pytest.mark.parametrize("app_token", ["", "..", "a/b", "a?b", "ế"])
def test_what_is_no_token_never_becomes_a_path(app_token: str) -> None:
    lark = ScriptedLark()
    with pytest.raises(LarkApiError):
        Files(lark_client(lark.network)).subscribe(app_token)
    assert lark.calls == []


def test_a_base_that_is_absent_or_not_managed_is_refused_for_good(lark: Platform, files: Files) -> None:
    lark.api.files.unmanaged.add("app1")
    outcomes = [refused(lambda one=one: files.subscribe(one)) for one in ("no-base", "app1")]
    assert [outcome.lark_code for outcome in outcomes] == [1069604, 1069603]
    assert [outcome.verdict for outcome in outcomes] == [Verdict.REJECT] * 2


def test_a_base_is_subscribed_to_without_an_event_type() -> None:
    lark = ScriptedLark({"code": 0, "data": {"is_subscribe": True}})
    files = Files(lark_client(lark.network))
    files.subscribe("app1")
    files.is_subscribed("app1")
    files.unsubscribe("app1")
    root = "/open-apis/drive/v1/files/app1"
    assert [(one.method, one.url.path, str(one.url.query, "ascii")) for one in lark.calls] == [
        ("POST", f"{root}/subscribe", "file_type=bitable"),
        ("GET", f"{root}/get_subscribe", "file_type=bitable"),
        ("DELETE", f"{root}/delete_subscribe", "file_type=bitable"),
    ]


def test_a_lost_answer_and_a_second_try_are_one_subscription(lark: Platform, files: Files) -> None:
    lark.api.faults["files"].set(Fault("answer_lost", times=1))
    assert refused(lambda: files.subscribe("app1")).verdict is Verdict.UNKNOWN
    files.subscribe("app1")
    assert (files.is_subscribed("app1"), lark.api.files.subscribed) == (True, {"app1"})
