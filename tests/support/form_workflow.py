"""The simulated Lark workflow that the deployed stack's forms go to."""

from typing import Any

from tests.support.stack import LocalStack
from tests.support.waiting import wait_for

SECONDS = 150
"""A form that Lark did not take at once: the first wait of the backoff and the schedule's minute."""


class FormWorkflow:
    """What the workflow received since the test began, and how it behaves."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack

    def received(self) -> list[dict[str, Any]]:
        """Return what the workflow ran for, oldest first."""
        with self._stack.sandbox() as sandbox:
            runs = sandbox.get("/lark/workflow/runs").raise_for_status().json()["items"]
        return [run["payload"] for run in runs]

    def received_of(self, child: str) -> list[dict[str, Any]]:
        """Return what it ran for of one child, once there is something."""
        wait_for(lambda: any(one["studentName"] == child for one in self.received()), SECONDS)
        return [one for one in self.received() if one["studentName"] == child]

    def received_as(self, submission_id: str) -> dict[str, Any]:
        """Return what it ran for of one submission, once there is something; it must be one run."""
        wait_for(lambda: any(one["submissionId"] == submission_id for one in self.received()), SECONDS)
        (payload,) = (one for one in self.received() if one["submissionId"] == submission_id)
        return payload

    def misbehave(self, kind: str, **options: Any) -> None:
        with self._stack.sandbox() as sandbox:
            sandbox.put("/lark/workflow/fault", json={"kind": kind, **options}).raise_for_status()

    def behave(self) -> None:
        with self._stack.sandbox() as sandbox:
            sandbox.delete("/lark/workflow/fault").raise_for_status()

    def forget(self) -> None:
        with self._stack.sandbox() as sandbox:
            sandbox.delete("/lark/workflow/records").raise_for_status()
