"""For each backlog do what is due, every minute; for held forms hourly, for tokens and staff daily."""

from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from typing import Any

from larkbridge import aws
from larkbridge.inbound.all_providers import SOURCES
from larkbridge.observability import instrumented, logger
from larkbridge.settings import RetryDueSettings
from larkbridge.store.submissions import FormType
from larkbridge.wiring.backlogs import delivery_backlog, held_submissions, submission_backlog
from larkbridge.wiring.processing import processing

import boto3

aws.make_clients_with(boto3.Session().client)
settings = RetryDueSettings()
submissions = submission_backlog(settings.submissions)
held = held_submissions(settings.deliveries)
events = processing(settings.events).engine
deliveries = delivery_backlog(settings.deliveries)


@cache
def tokens() -> Any:
    """Return the job that keeps grants alive, which is needed once a day."""
    from larkbridge.wiring.keeping import token_keeper

    return token_keeper(settings.vault, settings.deliveries, settings.audit_table)


@cache
def morning() -> Any:
    """Return what tells the staff, which is needed once a day."""
    from larkbridge.wiring.morning import morning_card

    return morning_card(settings)


BACKLOGS: dict[str, Callable[[str, float], Any]] = {
    "submissions": lambda _, seconds: submissions.run(FormType, seconds=seconds),
    "held": lambda _, seconds: held.run(FormType, seconds=seconds),
    "events": lambda owner, seconds: events.sweep(SOURCES, owner=owner, seconds=seconds),
    "deliveries": lambda _, seconds: deliveries.run(seconds=seconds),
    "morning": lambda _, __: morning().run(),
    "tokens": lambda _, seconds: tokens().run(seconds=seconds),
}


@instrumented
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Work through one backlog for as long as this invocation may run; returns what was done."""
    backlog = event["backlog"]
    seconds = context.get_remaining_time_in_millis() / 1000
    report = asdict(BACKLOGS[backlog](context.aws_request_id, seconds))
    logger.info("drained", backlog=backlog, **report)
    return report
