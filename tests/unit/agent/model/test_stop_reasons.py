"""Every reason for which a model stops has a consequence, and only one of them runs tools."""

from typing import get_args

import pytest
from anthropic.types import StopReason
from anthropic.types.beta import BetaStopReason

from larkbridge.agent.model.stop_reasons import STEPS, Step, step_after


def test_every_reason_that_the_library_knows_is_decided_on() -> None:
    known = {*get_args(StopReason), *get_args(BetaStopReason)}

    assert known
    assert known == STEPS.keys()


def test_only_tool_use_runs_tools() -> None:
    assert [reason for reason, step in STEPS.items() if step is Step.RUN_TOOLS] == ["tool_use"]


@pytest.mark.parametrize("reason", ["something_new", "", None])
def test_what_nobody_knows_runs_nothing(reason: str | None) -> None:
    assert step_after(reason) is Step.STOP
