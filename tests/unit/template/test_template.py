"""template.yaml keeps the rules of the house: what every function, table, API and schedule must have."""

import json
import re
from collections.abc import Iterable
from typing import Any

import pytest

from larkbridge.agent.model.waiting import LIMITS
from larkbridge.forms.catalogue import FORMS
from larkbridge.sending.first_attempts import BUDGET
from larkbridge.store.conversations import LEASE
from larkbridge.sync.shared.table_run import LEASE_MARGIN
from larkbridge.sync.table_sync import STOP_MARGIN
from larkbridge.targets.policies import SUBMISSION
from larkbridge.wiring.sending import MAX_SIDE_BY_SIDE
from sandbox.parameters import setting_name
from tests.support.functions import Function, environment, functions, loaded, references
from tests.support.template import ROOT, as_list, referred, resources, template

FUNCTIONS = functions().values()
TABLES = resources("AWS::DynamoDB::Table")
IN_API = [one for one in FUNCTIONS if one.routes]
SENDING = [
    one
    for one in FUNCTIONS
    if one.variables.keys() & {"LARK_FORM_WEBHOOK_URL", "DELIVERIES_TABLE"} and one.folder != "chat_agent"
]
"""The chat's tools read what became of deliveries, and send none."""
ASYNCHRONOUS = [one for one in FUNCTIONS if not one.routes and one.folder != "chat_agent"]
QUEUES = {name: one["Properties"] for name, one in resources("AWS::SQS::Queue").items()}
READ_PRIVATE_SECRETS = {
    "authorize_user",
    "chat_agent",
    "process_event",
    "push_sources",
    "retry_due",
    "send_deliveries",
    "sync_mirrors",
}
"""None of those that the public reaches, but for the one with which people connect."""
NOT_SETTINGS = {"Stage", "Architecture"}


def per_function(chosen: Iterable[Function] = FUNCTIONS) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("function", chosen, ids=lambda one: one.folder)


def streams_of(function: Function) -> list[dict[str, Any]]:
    """Return the events of a function that come from tables."""
    return [one for one in function.properties["Events"].values() if one["Type"] == "DynamoDB"]


def only(kind: str) -> dict[str, Any]:
    """Return the properties of the one resource of its type."""
    (resource,) = resources(kind).values()
    return resource["Properties"]


def test_every_folder_is_a_function_and_every_function_a_folder() -> None:
    folders = {file.parent.name for file in (ROOT / "functions").glob("*/app.py")}

    assert folders == functions().keys()
    assert len(folders) == len(resources("AWS::Serverless::Function"))


@per_function()
def test_the_handler_is_a_callable_in_the_functions_folder(
    function: Function, environ: dict[str, str]
) -> None:
    module, _, _ = function.properties["Handler"].partition(".")

    assert (ROOT / function.properties["CodeUri"] / f"{module}.py").is_file()
    with loaded(function, environment(function, references(environ))) as handler:
        assert callable(handler)


@per_function()
def test_a_function_runs_the_python_that_the_project_is_written_for(function: Function) -> None:
    version = (ROOT / ".python-version").read_text().strip()
    layers = referred(function.properties["Layers"])

    assert function.properties["Runtime"] == f"python{version}"
    for layer in layers:
        layer_properties = resources("AWS::Serverless::LayerVersion")[layer]["Properties"]
        assert layer_properties["CompatibleRuntimes"] == [f"python{version}"]
        assert layer_properties["CompatibleArchitectures"] == function.properties["Architectures"]


def test_only_the_agent_carries_the_models_library() -> None:
    has_it = {one.folder for one in FUNCTIONS if "AgentLayer" in referred(one.properties["Layers"])}
    has_the_rest = {one.folder for one in FUNCTIONS if "CommonLayer" in referred(one.properties["Layers"])}

    assert has_it == {"chat_agent"}
    assert has_the_rest == functions().keys()


def test_memory_is_explicit() -> None:
    assert template()["Globals"]["Function"]["MemorySize"] >= 512


@per_function(IN_API)
def test_an_api_function_ends_before_api_gateway_gives_up(function: Function) -> None:
    assert 1 < function.properties["Timeout"] < 30


@per_function(SENDING)
def test_no_function_that_sends_outlives_its_lease(function: Function) -> None:
    assert function.properties["Timeout"] < SUBMISSION.lease.total_seconds()


def test_no_sync_outlives_its_lease() -> None:
    assert LEASE_MARGIN > STOP_MARGIN


def test_the_retry_job_can_send_for_most_of_the_minute_between_two_runs() -> None:
    timeout = functions()["retry_due"].properties["Timeout"]

    assert timeout - SUBMISSION.margin.total_seconds() >= 45


def test_every_function_logs_json_to_a_group_of_its_own_that_expires() -> None:
    groups = resources("AWS::Logs::LogGroup")
    logging = [one.properties["LoggingConfig"] for one in FUNCTIONS]
    used = referred(one["LogGroup"] for one in logging)

    assert {one["LogFormat"] for one in logging} == {"JSON"}
    assert len({*used}) == len(used)
    assert all(groups[one]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"} for one in used)


@per_function()
def test_the_log_level_reaches_lambda_which_sets_it_over_the_library(function: Function) -> None:
    levels = template()["Parameters"]["LogLevel"]["AllowedValues"]

    assert function.properties["LoggingConfig"]["ApplicationLogLevel"] == {"Ref": "LogLevel"}
    # Metrics are printed lines without a level, which Lambda takes for INFO: above it alarms would go blind.
    assert {*levels} == {"DEBUG", "INFO"}


@per_function(ASYNCHRONOUS)
def test_what_runs_asynchronously_has_a_dead_letter_queue(function: Function) -> None:
    streams = [
        one["Properties"] for one in function.properties.get("Events", {}).values() if one["Type"] != "SNS"
    ]
    ways = [*streams, function.properties.get("EventInvokeConfig")]
    failures = [one["DestinationConfig"]["OnFailure"] for one in ways if one]

    assert failures
    assert {one["Type"] for one in failures} == {"SQS"}
    assert {*referred(one["Destination"] for one in failures)} <= resources("AWS::SQS::Queue").keys()


@pytest.mark.parametrize("folder", ["process_event", "send_deliveries"])
def test_a_record_that_cannot_be_read_holds_the_stream_up_for_a_while_only(folder: str) -> None:
    (stream,) = streams_of(functions()[folder])
    rules = stream["Properties"]

    assert rules["BisectBatchOnFunctionError"] is True
    assert rules["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert 3 <= rules["MaximumRetryAttempts"] <= 10
    assert rules["MaximumRecordAgeInSeconds"] <= 21_600


@pytest.mark.parametrize("status", ["received", "processing", "success", "failed", "dead", "ignored", None])
@pytest.mark.parametrize("change", ["INSERT", "MODIFY", "REMOVE"])
def test_the_stream_wakes_for_what_has_just_been_received_and_for_nothing_else(
    change: str, status: str | None
) -> None:
    wakes = _wakes("process_event", change, status)

    assert wakes == (change != "REMOVE" and status == "received")


@pytest.mark.parametrize("status", ["pending", "sending", "sent", "failed", "dead", None])
@pytest.mark.parametrize("change", ["INSERT", "MODIFY", "REMOVE"])
def test_the_stream_wakes_for_a_delivery_that_has_just_been_stored_and_for_nothing_else(
    change: str, status: str | None
) -> None:
    wakes = _wakes("send_deliveries", change, status)

    assert wakes == (change == "INSERT" and status == "pending")


def _wakes(folder: str, change: str, status: str | None) -> bool:
    (stream,) = streams_of(functions()[folder])
    (wanted,) = stream["Properties"]["FilterCriteria"]["Filters"]
    pattern = json.loads(wanted["Pattern"])
    return change in pattern["eventName"] and status in pattern["dynamodb"]["NewImage"]["status"]["S"]


def test_the_queue_of_chats_hides_a_turn_for_longer_than_it_may_run() -> None:
    timeout = functions()["chat_agent"].properties["Timeout"]

    assert timeout < LEASE.total_seconds() < QUEUES["ChatQueue"]["VisibilityTimeout"]
    assert QUEUES["ChatTurnsGivenUp"]["VisibilityTimeout"] > LEASE.total_seconds()


def test_the_model_is_given_up_well_before_the_function_ends() -> None:
    timeout = functions()["chat_agent"].properties["Timeout"]

    assert LIMITS.down < LIMITS.turn <= timeout - 30


def test_one_chat_is_answered_at_a_time_and_three_times_tried() -> None:
    queue = QUEUES["ChatQueue"]
    redrive = queue["RedrivePolicy"]
    source = functions()["chat_agent"].properties["Events"]["Turns"]["Properties"]

    assert (queue["FifoQueue"], queue["ContentBasedDeduplication"]) == (True, False)
    assert (redrive["maxReceiveCount"], referred([redrive["deadLetterTargetArn"]])) == (
        3,
        ["ChatTurnsGivenUp"],
    )
    assert (source["Queue"], source["BatchSize"]) == ({"Fn::GetAtt": ["ChatQueue", "Arn"]}, 1)
    assert source["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "ChatConcurrency"}}


def test_what_was_tried_in_vain_comes_to_the_function_that_apologises() -> None:
    source = functions()["chat_agent"].properties["Events"]["GivenUp"]["Properties"]

    assert source["Queue"] == {"Fn::GetAtt": ["ChatTurnsGivenUp", "Arn"]}
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_batch_of_new_deliveries_starts_at_once_and_has_a_thread_for_each() -> None:
    function = functions()["send_deliveries"]
    (stream,) = streams_of(function)

    assert stream["Properties"]["MaximumBatchingWindowInSeconds"] == 0
    assert stream["Properties"]["BatchSize"] <= MAX_SIDE_BY_SIDE
    assert function.properties["Timeout"] > (BUDGET + SUBMISSION.margin).total_seconds()


def test_the_push_is_woken_by_rows_that_wait_and_never_held_up_by_them() -> None:
    (stream,) = streams_of(functions()["push_sources"])
    (wanted,) = stream["Properties"]["FilterCriteria"]["Filters"]
    image = functions()["push_sources"].samples()["row_changed"]["Records"][0]["dynamodb"]["NewImage"]

    assert json.loads(wanted["Pattern"]) == {"dynamodb": {"NewImage": {"queue": {"S": [{"exists": True}]}}}}
    assert "queue" in image
    assert stream["Properties"]["MaximumRetryAttempts"] == 0


@pytest.mark.parametrize(("name", "table"), TABLES.items(), ids=TABLES.keys())
def test_a_table_is_on_demand_encrypted_and_kept(name: str, table: dict[str, Any]) -> None:
    properties = table["Properties"]
    is_recoverable = name != "FormTracesTable"  # what a parent withdraws is gone

    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": is_recoverable}
    assert properties["SSESpecification"] == {"SSEEnabled": True}


def test_no_index_holds_a_token() -> None:
    indexes = TABLES["TokensTable"]["Properties"]["GlobalSecondaryIndexes"]

    assert {one["Projection"]["ProjectionType"] for one in indexes} == {"KEYS_ONLY"}


def test_what_is_documented_to_expire_does_and_nothing_else() -> None:
    rules = {name: one["Properties"].get("TimeToLiveSpecification") for name, one in TABLES.items()}
    document = (
        (ROOT / "docs" / "architecture.md").read_text().partition("## Tables")[2].partition("## Layout")[0]
    )
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in document.splitlines() if "|" in line]
    documented = {f"{name}Table": row[-1] for row in rows[2:] for name in row[0].split(", ")}

    assert documented.keys() == rules.keys()
    for name, expires in documented.items():
        wanted = None if expires == "never" else {"AttributeName": "expiresAt", "Enabled": True}
        assert rules[name] == wanted, name


@pytest.mark.parametrize("secret", resources("AWS::SecretsManager::Secret").values(), ids=str)
def test_a_secret_is_kept_and_starts_empty(secret: dict[str, Any]) -> None:
    assert (secret["DeletionPolicy"], secret["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert json.loads(secret["Properties"]["SecretString"]) == {}


def test_only_these_functions_may_read_the_private_secret() -> None:
    readers = {
        one.folder
        for one in FUNCTIONS
        if any(
            {"Ref": "PrivateSecrets"} in as_list(statement["Resource"])
            for policy in one.properties["Policies"]
            for statement in as_list(policy["Statement"])
        )
    }

    assert readers
    assert readers <= READ_PRIVATE_SECRETS
    assert {one.folder for one in FUNCTIONS if one.routes} & readers <= {"authorize_user"}


def test_the_api_is_throttled_by_parameters() -> None:
    settings = only("AWS::Serverless::HttpApi")["DefaultRouteSettings"]

    assert settings["ThrottlingRateLimit"] == {"Ref": "ThrottlingRate"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "ThrottlingBurst"}


def test_the_api_logs_every_access_as_json_without_personal_data() -> None:
    log = only("AWS::Serverless::HttpApi")["AccessLogSettings"]
    (group,) = referred([log["DestinationArn"]])
    logged = json.loads(log["Format"])

    assert resources("AWS::Logs::LogGroup")[group]["Properties"]["RetentionInDays"] == {
        "Ref": "LogRetentionDays"
    }
    assert {"requestId", "requestTime", "routeKey", "status"} <= logged.keys()
    assert not re.search(r"identity|\$context\.path|\.header", log["Format"])


FORM_ROUTES = {
    route
    for function in FUNCTIONS
    for route in function.routes
    if route.partition(" ")[2].startswith(tuple(form.path for form in FORMS))
}


def test_other_sites_pages_may_do_what_a_form_needs_and_nothing_of_the_admin_api() -> None:
    cors = only("AWS::Serverless::HttpApi")["CorsConfiguration"]
    methods = {route.partition(" ")[0] for route in FORM_ROUTES}

    assert cors["AllowOrigins"] == {"Ref": "AllowedOrigins"}
    assert {*cors["AllowMethods"]} == methods | {"OPTIONS"}
    assert {*cors["AllowHeaders"]} == {"content-type", "idempotency-key", "accept"}
    assert {*cors["ExposeHeaders"]} == {"retry-after", "apigw-requestid"}
    assert cors["MaxAge"] == 86_400


def test_no_throttle_that_all_parents_share_stands_below_the_accounts_own() -> None:
    settings = only("AWS::Serverless::HttpApi")["RouteSettings"]
    unlimited = {"ThrottlingRateLimit": 10_000, "ThrottlingBurstLimit": 5_000}

    assert {route for route, limits in settings.items() if limits == unlimited} == FORM_ROUTES


@per_function(IN_API)
def test_every_route_is_on_the_api(function: Function) -> None:
    (api,) = resources("AWS::Serverless::HttpApi")
    events = function.properties["Events"].values()

    assert all(one["Properties"]["ApiId"] == {"Ref": api} for one in events)


@pytest.mark.parametrize("name", sorted(template()["Parameters"].keys() - NOT_SETTINGS))
def test_a_parameter_says_which_setting_it_is(name: str) -> None:
    described = template()["Parameters"][name]["Description"]

    assert re.split(r"\W", described)[0] == setting_name(name)


@per_function()
def test_a_setting_has_the_same_name_as_parameter_and_as_variable(function: Function) -> None:
    for variable, value in function.variables.items():
        parameter = value.get("Ref", "") if isinstance(value, dict) else ""
        if parameter in template()["Parameters"] and not variable.startswith("POWERTOOLS_"):
            assert variable == setting_name(parameter)


def test_the_webhooks_address_is_treated_as_the_credential_it_is() -> None:
    assert template()["Parameters"]["LarkFormWebhookUrl"]["NoEcho"] is True
