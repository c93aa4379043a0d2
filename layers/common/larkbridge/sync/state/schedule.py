"""What is due for a table, and what a failure of Lark means for its next turn."""

from datetime import datetime, timedelta
from typing import Any

from larkbridge.clock import from_text, to_text
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.codes import FIELD_NOT_FOUND
from larkbridge.lark.values import FieldType
from larkbridge.store.sync_progress import FULL, INCREMENTAL, SyncState
from larkbridge.sync.config.tables import Table
from larkbridge.work.outcome import Verdict

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
EARLY = timedelta(seconds=30)
"""The schedule's minutes are not quite even; one that comes early is not to be skipped."""
LONGEST_WITHOUT_FULL = timedelta(hours=25)
"""A night whose reconcile was lost is made up for."""
REFUSED_PAUSE = timedelta(days=1)
"""A person has to see to it; the nightly reconcile and an admin's request try again before that."""

FAILING = 3
"""So many failures in a row are no passing trouble."""

_RENAMED = frozenset({FIELD_NOT_FOUND, "bad_field_names"})
"""What Lark says of a column that was renamed after the columns were read."""


def due(state: SyncState, table: Table, now: datetime) -> str | None:
    """Return the mode of the pull that a mirrored table is due for, None when it is not."""
    if state.not_before is not None and now < from_text(state.not_before):
        return None
    if state.pull is not None and state.requested != FULL:
        return state.pull.mode
    if state.last_full is None or state.requested == FULL:
        return FULL
    if is_overdue(state, now):
        return FULL
    usual = INCREMENTAL if _has_modified_time(table) and state.watermark else FULL
    if state.requested is not None:
        return usual
    last = state.last_pull or state.last_full
    return usual if now >= from_text(last["startedAt"]) + table.every - EARLY else None


def is_overdue(state: SyncState, now: datetime) -> bool:
    """Tell whether the last complete comparison is longer ago than a night may be late."""
    last = state.last_full
    return last is not None and now - from_text(last["startedAt"]) > LONGEST_WITHOUT_FULL


def failure(state: SyncState, error: LarkApiError, now: datetime) -> dict[str, Any]:
    """Return what changes in a table's state when Lark does not do what it is asked."""
    outcome, failures = error.outcome, state.failures + 1
    pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
    if outcome.verdict is Verdict.REJECT and outcome.reason not in _RENAMED:
        pause = REFUSED_PAUSE
    pause = max(pause, timedelta(seconds=min(outcome.retry_after or 0, REFUSED_PAUSE.total_seconds())))
    return {
        "failures": failures,
        "notBefore": to_text(now + pause),
        "lastError": described(error, now),
    }


def is_failing(state: SyncState) -> bool:
    """Tell whether a table is down: refused for good, or three times in a row, and not well since."""
    if state.last_error is None or state.not_before is None:
        return False
    pause = from_text(state.not_before) - from_text(state.last_error["at"])
    return pause >= REFUSED_PAUSE or state.failures >= FAILING


def described(error: LarkApiError, now: datetime) -> dict[str, Any]:
    """Return what an admin is told of an error."""
    outcome = error.outcome
    return {
        "reason": outcome.reason,
        "message": outcome.message,
        "hint": error.hint,
        "larkCode": outcome.lark_code,
        "logId": outcome.log_id,
        "at": to_text(now),
    }


def _has_modified_time(table: Table) -> bool:
    return any(field.type is FieldType.MODIFIED_TIME for field in table.fields)
