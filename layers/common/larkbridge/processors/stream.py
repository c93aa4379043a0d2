"""The Events stream: what a batch of its records asks for."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from larkbridge.observability import logger
from larkbridge.store.events import Event
from larkbridge.store.stream import announced
from larkbridge.wiring.processing import Processing
from larkbridge.work.policy import EVENT


def process_records(batch: Mapping[str, Any], processing: Processing, *, seconds: float) -> dict[str, Any]:
    """Process the events that a batch announces, each once at most.

    The stream only wakes: whatever happens to an event here, its record in the table says what is due, and
    the retry job takes it up. So only a record that cannot even be read is given back to the stream, which
    ends in the dead-letter queue after a few more tries.

    Returns
    -------
    dict
        `batchItemFailures`, as Lambda's ReportBatchItemFailures wants it.
    """
    clock = processing.clock
    stop_at = clock.now() + timedelta(seconds=seconds) - EVENT.margin
    events, failures = announced(batch, Event)
    for event in events:
        if clock.now() >= stop_at:
            logger.warning("left to the retry job", eventId=event.event_id)
            continue
        processing.engine.process(event)
    return {"batchItemFailures": failures}
