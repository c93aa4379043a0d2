"""`make demo`: where the forms' pages are, then one form of each kind while Lark is down, none lost.

Exits 1 if anything does not hold.
"""

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from sandbox.processes import StackError
from sandbox.samples import FORMS, ROUTES
from sandbox.stack import Stack

LONGEST_WAIT = 420.0
"""Seconds: the first two waits of the backoff at their longest, the schedule's minute each time, and some."""


@dataclass
class Row:
    """One form's way; `runs` is how often the Lark workflow ran for it."""

    form_type: str
    submission_id: str
    answer: str
    during: str
    after: str = ""
    attempts: int = 0
    runs: int = 0

    def holds(self) -> bool:
        return (self.answer, self.during, self.after, self.runs) == ("200 ok", "failed", "sent", 1)


class Demo:
    """Runs against a local stack, `description` being its stack.json."""

    def __init__(self, description: dict[str, Any]) -> None:
        key = {"X-API-Key": description["adminApiKey"]}
        self._api = httpx.Client(base_url=description["apiUrl"], headers=key, timeout=40, trust_env=False)
        control = f"{description['sandboxUrl']}/_sandbox/lark/workflow"
        self._lark = httpx.Client(base_url=control, timeout=10, trust_env=False)

    def run(self) -> list[Row]:
        """Post during an outage, end it, and wait for the schedule to do the rest."""
        say("Lark goes down")
        self._lark.put("/fault", json={"kind": "down"}).raise_for_status()
        try:
            rows = [self._post(form_type) for form_type in FORMS]
        finally:
            say("Lark comes back; the retry job's schedule does the rest")
            self._lark.delete("/fault").raise_for_status()
        self._wait_until_sent(rows)
        for row in rows:
            stored = self._stored(row.submission_id)
            row.after, row.attempts = stored["larkStatus"], stored["attemptCount"]
            row.runs = self._runs()[row.submission_id]
        return rows

    def _post(self, form_type: str) -> Row:
        response = self._api.post(ROUTES[form_type], json=FORMS[form_type])
        body = response.json()
        answer = f"{response.status_code} {'ok' if body.get('ok') is True else body.get('error')}"
        submission_id = body.get("submissionId", "")
        during = self._stored(submission_id)["larkStatus"] if submission_id else "not stored"
        say(f"  {form_type}: answered {answer}, stored as {during}")
        return Row(form_type, submission_id, answer, during)

    def _wait_until_sent(self, rows: list[Row]) -> None:
        deadline = time.monotonic() + LONGEST_WAIT
        sent = -1
        while time.monotonic() < deadline:
            now_sent = sum(self._stored(row.submission_id)["larkStatus"] == "sent" for row in rows)
            if now_sent != sent:
                sent = now_sent
                say(f"  {sent} of {len(rows)} sent")
            if sent == len(rows):
                return
            time.sleep(1)

    def _stored(self, submission_id: str) -> dict[str, Any]:
        response = self._api.get(f"/v1/submissions/{submission_id}")
        return response.json() if response.status_code == 200 else {"larkStatus": "lost", "attemptCount": 0}

    def _runs(self) -> Counter[str]:
        runs = self._lark.get("/runs").raise_for_status().json()["items"]
        return Counter(run["payload"]["submissionId"] for run in runs)


def say(line: str) -> None:
    print(line, flush=True)


def table(rows: list[Row]) -> str:
    """Return the rows as text."""
    heads = ("form", "answer", "during the outage", "afterwards", "attempts", "runs at Lark", "promise kept")
    lines = [heads] + [
        (row.form_type, row.answer, row.during, row.after, str(row.attempts), str(row.runs), yes(row.holds()))
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def pages(api_url: str) -> str:
    """Return the addresses of the forms' pages as text."""
    return "\n".join(["The forms' pages:", *(f"  {api_url}{path}" for path in ROUTES.values())])


def yes(truth: bool) -> str:
    return "yes" if truth else "NO"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.demo", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the local stack's directory")
    stack = Stack(parser.parse_args().home)
    try:
        description = (stack.healthy() and stack.description()) or stack.up()
    except StackError as error:
        print(f"larkbridge: {error}", file=sys.stderr)
        return 1
    say(f"{pages(description['apiUrl'])}\n")
    rows = Demo(description).run()
    say(f"\n{table(rows)}\n")
    lost = [row for row in rows if not row.holds()]
    say(f"{len(lost)} of {len(rows)} do not hold" if lost else "Nothing lost, nothing sent twice.")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
