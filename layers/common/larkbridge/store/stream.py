"""Records of a table's stream, as Lambda hands them over."""

from collections.abc import Mapping
from typing import Any

from larkbridge.observability import log_crash
from larkbridge.store.codec import from_item
from larkbridge.store.work import Work

type Failures = list[dict[str, str]]
"""The records that go back to the stream, as Lambda's ReportBatchItemFailures wants them."""


def announced[W: Work](batch: Mapping[str, Any], kind: type[W]) -> tuple[list[W], Failures]:
    """Return the works that a batch announces, as they were written, and the records that cannot be read."""
    works: list[W] = []
    failures: Failures = []
    for record in batch["Records"]:
        try:
            works.append(kind.from_record(from_item(record["dynamodb"]["NewImage"])))
        except (KeyError, TypeError, ValueError) as error:
            log_crash("stream record not readable", error)
            failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
    return works, failures
