"""What follows from each reason for which a model stops.

Protocol (`anthropic` 2.14.0, `StopReason` and `BetaStopReason`; its own tool runner decides alike): only
after ``tool_use`` are an answer's calls whole and meant to be run; a ``max_tokens`` may have cut one off.
"""

from enum import StrEnum


class Step(StrEnum):
    """What is done next."""

    RUN_TOOLS = "run_tools"
    GO_ON = "go_on"
    """The answer is sent back as it is, and the model goes on."""
    STOP = "stop"


REFUSAL = "refusal"
CUT_OFF = "max_tokens"
TOO_LONG = "model_context_window_exceeded"

STEPS = {
    "tool_use": Step.RUN_TOOLS,
    "pause_turn": Step.GO_ON,
    "compaction": Step.GO_ON,
    "end_turn": Step.STOP,
    "stop_sequence": Step.STOP,
    CUT_OFF: Step.STOP,
    TOO_LONG: Step.STOP,
    REFUSAL: Step.STOP,
}


def step_after(stop_reason: str | None) -> Step:
    """Return what follows; an unknown reason, or none, runs nothing."""
    return STEPS.get(stop_reason or "", Step.STOP)
