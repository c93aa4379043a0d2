"""The alarms watch what really is reported, and somebody hears them."""

from datetime import timedelta
from typing import Any

import pytest

from larkbridge.staff_chat.alarm_cards import RUNG_BY_CARDS
from larkbridge.work.admin_moves import HELD_FOR
from tests.support.functions import functions, resolve
from tests.support.observed import observed
from tests.support.template import resources, template

ALARMS = {name: one["Properties"] for name, one in resources("AWS::CloudWatch::Alarm").items()}

type Watched = tuple[str, str, str, dict[str, Any]]


def watched(alarm: dict[str, Any]) -> Watched:
    """Return what an alarm watches, as (namespace, metric, statistic, dimensions)."""
    dimensions = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
    return alarm["Namespace"], alarm["MetricName"], alarm["Statistic"], dimensions


def rung_by_the_first() -> list[Watched]:
    """Return what sets off an alarm as soon as it is above zero, and none while nothing is reported."""
    rule = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 0, "EvaluationPeriods": 1}
    quiet = {"TreatMissingData": "notBreaching"}
    return [watched(alarm) for alarm in ALARMS.values() if (rule | quiet).items() <= alarm.items()]


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_says_what_it_means_and_that_it_rings_and_when_it_has_ended(name: str) -> None:
    assert ALARMS[name]["AlarmDescription"].endswith(".")
    assert ALARMS[name]["AlarmActions"] == [{"Ref": "AlarmTopic"}]
    assert ALARMS[name]["OKActions"] == [{"Ref": "AlarmEndedTopic"}]


def test_the_topic_reaches_whoever_is_named() -> None:
    topic = resources("AWS::SNS::Topic")["AlarmTopic"]
    condition, subscribed, _ = topic["Properties"]["Subscription"]["Fn::If"]

    assert template()["Conditions"][condition] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmEmail"}, ""]}],
    }
    assert subscribed == [{"Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}}]


def test_who_is_named_hears_of_no_end() -> None:
    assert "Properties" not in resources("AWS::SNS::Topic")["AlarmEndedTopic"]


def test_what_becomes_cards_comes_from_both_topics() -> None:
    events = functions()["send_deliveries"].properties["Events"].values()
    of_topics = [one["Properties"] for one in events if one["Type"] == "SNS"]
    only_what_has_rung = {"FilterPolicyScope": "MessageBody", "FilterPolicy": {"OldStateValue": ["ALARM"]}}

    assert of_topics == [
        {"Topic": {"Ref": "AlarmTopic"}},
        {"Topic": {"Ref": "AlarmEndedTopic"}} | only_what_has_rung,
    ]


def test_what_is_told_once_a_day_at_most_is_what_alarms_watch() -> None:
    watched_metrics = {metric for _, metric, _, _ in map(watched, ALARMS.values())}

    assert watched_metrics >= RUNG_BY_CARDS


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
@pytest.mark.parametrize("folder", functions())
def test_the_first_failure_of_a_function_is_noticed(folder: str, metric: str) -> None:
    function = {"Ref": functions()[folder].logical_id}

    assert ("AWS/Lambda", metric, "Sum", {"FunctionName": function}) in rung_by_the_first()


DEAD_LETTERS = [
    name for name, one in resources("AWS::SQS::Queue").items() if "RedrivePolicy" not in one["Properties"]
]


@pytest.mark.parametrize("queue", DEAD_LETTERS)
def test_the_first_dead_letter_is_noticed(queue: str) -> None:
    name = {"QueueName": {"Fn::GetAtt": [queue, "QueueName"]}}

    assert ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", name) in rung_by_the_first()


@pytest.mark.parametrize("folder", ["retry_due", "sync_mirrors", "push_sources"])
def test_a_job_that_does_not_run_is_noticed(folder: str) -> None:
    function = {"FunctionName": {"Ref": functions()[folder].logical_id}}
    rule = {"ComparisonOperator": "LessThanThreshold", "Threshold": 1, "TreatMissingData": "breaching"}
    rung = [watched(alarm) for alarm in ALARMS.values() if rule.items() <= alarm.items()]

    assert ("AWS/Lambda", "Invocations", "Sum", function) in rung


def test_the_first_of_everything_that_needs_a_person_is_noticed() -> None:
    rung = [
        (name, statistic)
        for namespace, name, statistic, _ in rung_by_the_first()
        if namespace == "Larkbridge"
    ]

    assert rung == [
        ("ChatTurnsGivenUp", "Sum"),
        ("ModelRefusals", "Sum"),
        ("WebhooksNotConfigured", "Sum"),
        ("WebhooksMisconfigured", "Sum"),
        ("WebhooksTooLarge", "Sum"),
        ("CircuitOpened", "Sum"),
        ("QuotaUsedUp", "Sum"),
        ("DueScansCut", "Sum"),
        ("SecretsStale", "Sum"),
        ("EventsDead", "Sum"),
        ("DeliveriesDead", "Sum"),
        ("ProcessorsCrashed", "Sum"),
        ("RequestsFailed", "Sum"),
        ("SubmissionsDead", "Sum"),
        ("AttemptsCrashed", "Sum"),
        ("SubmissionsHeld", "Sum"),
        ("FormsRefused", "Sum"),
        ("LimitsSkipped", "Sum"),
        ("TurnstileMisconfigured", "Sum"),
        ("TablesFailing", "Maximum"),
        ("DeletionsStopped", "Sum"),
        ("MirrorRowsQuarantined", "Maximum"),
        ("SourceRowsRejected", "Sum"),
        ("FeedsBroken", "Sum"),
        ("ColumnsDrifted", "Maximum"),
        ("GrantsNotKept", "Sum"),
        ("GrantsEnding", "Sum"),
    ]


def test_chats_that_nobody_answers_are_noticed() -> None:
    name = {"QueueName": {"Fn::GetAtt": ["ChatQueue", "QueueName"]}}
    rule = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 600}
    rung = [watched(alarm) for alarm in ALARMS.values() if rule.items() <= alarm.items()]

    assert ("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", name) in rung


def test_a_backlog_that_does_not_move_is_noticed() -> None:
    rule = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 3600, "Statistic": "Maximum"}

    assert [alarm["MetricName"] for alarm in ALARMS.values() if rule.items() <= alarm.items()] == [
        "OldestEventAge",
        "OldestDeliveryAge",
        "OldestUnsentAge",
        "SourceLag",
    ]


def test_far_more_forms_than_usual_are_noticed() -> None:
    rule = {"Threshold": {"Ref": "ManyFormsThreshold"}, "Statistic": "Sum", "Period": 600}

    assert [alarm["MetricName"] for alarm in ALARMS.values() if rule.items() <= alarm.items()] == [
        "SubmissionsAccepted"
    ]


def test_a_form_that_is_held_is_not_discarded_before_somebody_was_warned() -> None:
    three_days_before = (HELD_FOR - timedelta(days=3)).total_seconds()
    rule = {
        "Statistic": "Maximum",
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": three_days_before,
    }

    assert [alarm["MetricName"] for alarm in ALARMS.values() if rule.items() <= alarm.items()] == [
        "OldestHeldAge"
    ]


def test_a_mirror_that_has_missed_its_night_is_noticed() -> None:
    night_and_an_hour = 25 * 3600
    rule = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": night_and_an_hour}

    assert [alarm["MetricName"] for alarm in ALARMS.values() if rule.items() <= alarm.items()] == [
        "MirrorLag"
    ]


def test_a_table_that_is_down_rings_until_it_is_well() -> None:
    rule = {"Statistic": "Maximum", "Period": 300, "Threshold": 0, "MetricName": "TablesFailing"}

    assert [name for name, alarm in ALARMS.items() if rule.items() <= alarm.items()] == [
        "TableSyncFailedAlarm"
    ]


def test_every_metric_of_ours_that_an_alarm_watches_is_reported_by_the_code() -> None:
    reported = {metric for folder in functions() for metric in observed(folder).record.metrics()}
    refs = observed("retry_due").refs
    of_ours = {
        (namespace, name, frozenset((key, resolve(value, refs)) for key, value in dimensions.items()))
        for namespace, name, _, dimensions in map(watched, ALARMS.values())
        if not namespace.startswith("AWS/")
    }

    assert of_ours
    assert of_ours <= reported
