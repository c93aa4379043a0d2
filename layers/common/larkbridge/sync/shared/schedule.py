"""When a table is due, and when it may go on after Lark has failed it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from larkbridge.clock import from_text, to_text
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.cell_formats import FieldType
from larkbridge.lark.error_codes import FIELD_NOT_FOUND
from larkbridge.observability import count, logger
from larkbridge.store.sync_progress import FULL, INCREMENTAL, SyncState, SyncStateStore
from larkbridge.sync.config.synced_table import SyncedTable
from larkbridge.work.outcome import Verdict

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
EARLY = timedelta(seconds=30)
"""The schedule's minutes are not quite even: a run that comes early must not be skipped."""
LONGEST_WITHOUT_FULL = timedelta(hours=25)
"""After that a run makes up for a nightly comparison that was missed."""
REFUSED_PAUSE = timedelta(days=1)
"""A person has to mend it; the nightly full run and an admin's request try earlier than that."""

FAILING = 3
"""So many failures in a row are no passing trouble."""

_RENAMED = frozenset({FIELD_NOT_FOUND, "bad_field_names"})
"""What Lark says of a column that was renamed after the columns were read."""


def due(state: SyncState, table: SyncedTable, now: datetime) -> str | None:
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
    """Tell whether the last full run is longer ago than a day, and an hour for one that is late."""
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
        "not_before": to_text(now + pause),
        "last_error": described(error, now),
    }


def note_failure(
    states: SyncStateStore,
    state: SyncState,
    fence: int,
    error: LarkApiError,
    now: datetime,
    changes: Mapping[str, Any] | None = None,
) -> str:
    """Note why a table stopped and when it may go on, with further changes of its state; returns the reason.

    Lark's own words may quote a value. So they are in the state, which an admin reads, and not in the log.

    Raises
    ------
    ConditionFailedError
        When another run has taken over.
    """
    outcome = error.outcome
    states.change(state.table, fence, {**failure(state, error, now), **(changes or {})})
    count("TableSyncFailed")
    logger.warning(
        "table stopped",
        table=state.table,
        reason=outcome.reason,
        larkCode=outcome.lark_code,
        logId=outcome.log_id,
    )
    return outcome.reason


def is_failing(state: SyncState) -> bool:
    """Tell whether a table is down: refused for good, or three times in a row, with no success since."""
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


def _has_modified_time(table: SyncedTable) -> bool:
    return any(field.type is FieldType.MODIFIED_TIME for field in table.fields)
