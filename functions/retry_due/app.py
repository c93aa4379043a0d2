"""Every minute: send the submissions that are due."""

from dataclasses import asdict
from typing import Any

from larkbridge.observability import instrumented, logger
from larkbridge.outbox.assembly import Outbox
from larkbridge.store.submissions import FormType

drain = Outbox().drain()


@instrumented
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Drain the backlog for as long as this invocation may run; returns what was done."""
    seconds = context.get_remaining_time_in_millis() / 1000
    report = asdict(drain.run(FormType, owner=context.aws_request_id, seconds=seconds))
    logger.info("drained", **report)
    return report
