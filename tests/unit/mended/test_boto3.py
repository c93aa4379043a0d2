"""boto3 makes the clients of the functions that nobody waits for; the others keep botocore's core."""

import boto3
import pytest

from tests.support.bundle import deployed
from tests.support.functions import functions

WITH_BOTO3 = {
    "admin_api": "list",
    "push_sources": "scheduled",
    "retry_due": "submissions",
    "sync_mirrors": "scheduled",
}
WITHOUT = {"process_event": "received", "receive_webhook": "unsigned", "submit_info_form": "happy"}


@pytest.mark.parametrize(
    ("folder", "case", "expected"),
    [(folder, case, True) for folder, case in WITH_BOTO3.items()]
    + [(folder, case, False) for folder, case in WITHOUT.items()],
)
def test_who_makes_a_functions_clients(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, folder: str, case: str, expected: bool
) -> None:
    made: list[str] = []
    make = boto3.Session.client

    def recorded(session: boto3.Session, service: str, **options: object) -> object:
        made.append(service)
        return make(session, service, **options)  # pyright: ignore[reportCallIssue, reportArgumentType]

    with deployed(environ) as bundle:
        event = functions()[folder].samples()[case]
        if folder == "admin_api":
            event["headers"]["x-api-key"] = bundle.api_key
        monkeypatch.setattr(boto3.Session, "client", recorded)
        bundle.invoke(folder, event)

    assert ("dynamodb" in made) == expected
