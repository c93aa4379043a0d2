"""Every minute, and at night in full: pull the mirrored tables that are due."""

from typing import Any

from larkbridge import aws
from larkbridge.observability import instrumented, logger
from larkbridge.wiring.sync import sync_mirrors

import boto3

aws.make_clients_with(boto3.Session().client)
sync = sync_mirrors()


@instrumented
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Pull for as long as this invocation may run; returns what became of each table.

    `full` asks for every table to be reconciled as a whole.
    """
    seconds = context.get_remaining_time_in_millis() / 1000
    report = sync.pull(full=event["full"], owner=context.aws_request_id, seconds=seconds)
    logger.info("mirrors synced", tables=report)
    return report
