"""What runs by the clock, and what the scheduler may do."""

import json
from typing import Any

import pytest

from tests.support.functions import functions
from tests.support.template import as_list, referred, resources

SCHEDULES = [one["Properties"] for one in resources("AWS::Scheduler::Schedule").values()]
PER_SCHEDULE = pytest.mark.parametrize("schedule", SCHEDULES, ids=resources("AWS::Scheduler::Schedule"))
EVERY_MINUTE, EVERY_HOUR = "rate(1 minute)", "rate(1 hour)"
KEPT_TRYING = {
    EVERY_HOUR: {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60},
    EVERY_MINUTE: {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60},
    "cron(0 2 * * ? *)": {"MaximumRetryAttempts": 10, "MaximumEventAgeInSeconds": 3600},
    "cron(0 3 * * ? *)": {"MaximumRetryAttempts": 10, "MaximumEventAgeInSeconds": 3600},
    "cron(0 8 * * ? *)": {"MaximumRetryAttempts": 10, "MaximumEventAgeInSeconds": 3600},
    "cron(30 2 * * ? *)": {"MaximumRetryAttempts": 10, "MaximumEventAgeInSeconds": 3600},
}


def schedules_of(folder: str) -> dict[str, str]:
    """Return when a function is invoked, by the text of the event."""
    arn = {"Fn::GetAtt": [functions()[folder].logical_id, "Arn"]}
    mine = [one for one in SCHEDULES if one["Target"]["Arn"] == arn]
    return {one["Target"]["Input"]: one["ScheduleExpression"] for one in mine}


def test_each_backlog_has_a_schedule() -> None:
    backlogs = {json.dumps({"backlog": one}): EVERY_MINUTE for one in ("submissions", "events", "deliveries")}

    seldom = {'{"backlog": "held"}': EVERY_HOUR, '{"backlog": "tokens"}': "cron(0 3 * * ? *)"}
    morning = {'{"backlog": "morning"}': "cron(0 8 * * ? *)"}
    assert schedules_of("retry_due") == backlogs | seldom | morning


@pytest.mark.parametrize(
    ("folder", "at_night"), [("sync_mirrors", "cron(0 2 * * ? *)"), ("push_sources", "cron(30 2 * * ? *)")]
)
def test_tables_are_synced_every_minute_and_as_a_whole_at_night(folder: str, at_night: str) -> None:
    assert schedules_of(folder) == {'{"full": false}': EVERY_MINUTE, '{"full": true}': at_night}


def test_the_night_is_vietnams() -> None:
    zones = {
        one.get("ScheduleExpressionTimezone") for one in SCHEDULES if "cron" in one["ScheduleExpression"]
    }

    assert zones == {"Asia/Ho_Chi_Minh"}


@PER_SCHEDULE
def test_what_is_scheduled_is_a_sample(schedule: dict[str, Any]) -> None:
    (scheduled,) = (
        one for one in functions().values() if one.logical_id in referred([schedule["Target"]["Arn"]])
    )

    assert json.loads(schedule["Target"]["Input"]) in scheduled.samples().values()


@PER_SCHEDULE
def test_what_cannot_be_invoked_is_tried_until_it_is_due_again_and_kept(schedule: dict[str, Any]) -> None:
    target = schedule["Target"]
    (queue,) = referred([target["DeadLetterConfig"]["Arn"]])

    assert queue in resources("AWS::SQS::Queue")
    assert target["RetryPolicy"] == KEPT_TRYING[schedule["ScheduleExpression"]]


@pytest.mark.parametrize("name", resources("AWS::IAM::Role"))
def test_the_scheduler_may_do_what_its_schedules_say_and_no_more(name: str) -> None:
    role = resources("AWS::IAM::Role")[name]["Properties"]
    targets = [one["Target"] for one in SCHEDULES if referred([one["Target"]["RoleArn"]]) == [name]]
    wanted = {("lambda:InvokeFunction", *referred([one["Arn"]])) for one in targets}
    wanted |= {("sqs:SendMessage", *referred([one["DeadLetterConfig"]["Arn"]])) for one in targets}
    allowed = [
        (statement["Action"], one)
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        for one in referred(as_list(statement["Resource"]))
    ]

    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {
        "Service": "scheduler.amazonaws.com"
    }
    assert sorted(allowed) == sorted(wanted)
