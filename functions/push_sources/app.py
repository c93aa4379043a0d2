"""Woken by the SourceRows stream, every minute, and at night in full: push what waits to Lark."""

from typing import Any

from larkbridge import aws
from larkbridge.observability import instrumented, logger
from larkbridge.wiring.sync import push_sources

import boto3

aws.make_clients_with(boto3.Session().client)
sync = push_sources()


@instrumented
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Push for as long as this invocation may run; returns what became of each table.

    `full` asks for every table to be compared with Lark as a whole. A batch of stream records only wakes:
    what waits is read from the table.
    """
    seconds = context.get_remaining_time_in_millis() / 1000
    report = sync.push(full=event.get("full", False), owner=context.aws_request_id, seconds=seconds)
    logger.info("sources synced", tables=report)
    return report
