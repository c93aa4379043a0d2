"""The simulated Lark workflow that the deployed stack's forms go to."""

from typing import Any

from tests.support.stack import LocalStack


class FormWorkflow:
    """What the workflow received since the test began, and how it behaves."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack

    def received(self) -> list[dict[str, Any]]:
        """Return what the workflow ran for, oldest first."""
        with self._stack.sandbox() as sandbox:
            runs = sandbox.get("/lark/workflow/runs").raise_for_status().json()["items"]
        return [run["payload"] for run in runs]

    def misbehave(self, kind: str, **options: Any) -> None:
        with self._stack.sandbox() as sandbox:
            sandbox.put("/lark/workflow/fault", json={"kind": kind, **options}).raise_for_status()

    def behave(self) -> None:
        with self._stack.sandbox() as sandbox:
            sandbox.delete("/lark/workflow/fault").raise_for_status()

    def forget(self) -> None:
        with self._stack.sandbox() as sandbox:
            sandbox.delete("/lark/workflow/records").raise_for_status()
