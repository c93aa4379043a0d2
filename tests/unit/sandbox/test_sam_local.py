import json
from pathlib import Path
from typing import Any, ClassVar

import pytest

from sandbox.sam_local import container_variables, write_sam_files
from tests.support.aws import SECRETS
from tests.support.functions import functions
from tests.support.world import World

DESCRIPTION: dict[str, Any] = {
    "adminApiKey": "an-admin-key",
    "sandboxUrl": "http://127.0.0.1:4570",
    "secrets": SECRETS,
}


class Deployed:
    """A deployment of one function, and the client that describes it."""

    functions = ("stack-Submit-1",)
    physical_ids: ClassVar = {"SubmitInfoFormFunction": "stack-Submit-1", "Secrets": "a-secret"}

    def client(self, _service: str) -> "Deployed":
        return self

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        assert FunctionName == "stack-Submit-1"
        variables = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "SUBMISSIONS_TABLE": "a-table"}
        return {"Environment": {"Variables": variables}}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    write_sam_files(tmp_path, DESCRIPTION, {"AFunction": {"A": "b"}})
    return tmp_path


def test_a_function_finds_the_local_aws_from_inside_a_container() -> None:
    deployed: Any = Deployed()
    assert container_variables(deployed, deployed) == {
        "SubmitInfoFormFunction": {
            "AWS_ENDPOINT_URL": "http://host.docker.internal:4566",
            "SUBMISSIONS_TABLE": "a-table",
        }
    }


def test_what_is_written_is_for_its_owner_alone(home: Path) -> None:
    files = [file for file in home.rglob("*") if file.is_file()]
    assert json.loads((home / "env.json").read_text()) == {"AFunction": {"A": "b"}}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_every_sample_has_a_copy(home: Path) -> None:
    copies = {
        (folder, file.stem) for folder in functions() for file in (home / "events" / folder).glob("*.json")
    }
    assert copies == {(folder, case) for folder, one in functions().items() for case in one.samples()}


def test_a_copy_carries_its_vendors_signature_and_the_admin_key(home: Path, world: World) -> None:
    world.clock.advance(seconds=time_of_signing(home) - world.clock.timestamp())
    stripe = json.loads((home / "events" / "receive_webhook" / "stripe_checkout.json").read_text())
    assert world.receive(stripe).status == 200
    listing = json.loads((home / "events" / "admin_api" / "list.json").read_text())
    assert listing["headers"]["x-api-key"] == "an-admin-key"


def time_of_signing(home: Path) -> float:
    """Return when the samples were signed, in unix seconds."""
    return (home / "env.json").stat().st_mtime
