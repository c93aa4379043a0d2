"""What is written down when Lark ends a table's turn."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from larkbridge.lark.api_error import LarkApiError
from larkbridge.observability import count, logger
from larkbridge.store.sync_progress import SyncState
from larkbridge.store.sync_progress_store import SyncStateStore
from larkbridge.sync.state import schedule


def note_failure(
    states: SyncStateStore,
    state: SyncState,
    fence: int,
    error: LarkApiError,
    now: datetime,
    changes: Mapping[str, Any] | None = None,
) -> str:
    """Note why a table stopped and when it may go on, with further changes of its state; returns the reason.

    Lark's own words may quote a value: they are for the state, which an admin reads, and not for the log.

    Raises
    ------
    ConditionFailedError
        When somebody else has taken over.
    """
    outcome = error.outcome
    states.change(state.table, fence, {**schedule.failure(state, error, now), **(changes or {})})
    count("TableSyncFailed")
    logger.warning(
        "table stopped",
        table=state.table,
        reason=outcome.reason,
        larkCode=outcome.lark_code,
        logId=outcome.log_id,
    )
    return outcome.reason
