"""The command that says which keys are in use."""

import json
import re
from collections import Counter
from collections.abc import Iterator

import boto3
import pytest

from larkbridge.store.grants import LARK_USER, Owner
from larkbridge.vault.refusals import VaultKeyError
from larkbridge.vault.sealing import VaultKeys
from tests.support.aws import moto_aws
from tests.support.vault import VaultWorld, vault_key
from tools.vault_keys import configured_keys, keys_in_use, report

OLD, NEW, LOST = (VaultKeys([vault_key(letter)]).ids[0] for letter in "onl")


@pytest.fixture
def environ() -> Iterator[dict[str, str]]:
    """A bundle in moto, which scans indexes."""
    with moto_aws() as settings:
        yield settings


def test_every_key_in_use_is_counted(environ: dict[str, str]) -> None:
    world = VaultWorld(environ)
    for number in range(5):
        world.keys = [vault_key("o" if number < 3 else "n")]
        world.connect(Owner(LARK_USER, f"ou_{number}"))
    used = keys_in_use(environ["TOKENS_TABLE"], dynamodb=boto3.resource("dynamodb"))
    assert used == {OLD: 3, NEW: 2}


def test_each_key_is_told_with_what_it_is_for() -> None:
    lines = [*report(Counter({OLD: 3, LOST: 1}), [NEW, OLD])]
    assert lines == [
        f"{NEW}  tokens=0  seals",
        f"{OLD}  tokens=3  opens",
        f"{LOST}  tokens=1  not in TOKEN_VAULT_KEY: these tokens cannot be opened",
    ]
    assert [*report(Counter({NEW: 1}), [NEW, OLD])][1] == f"{OLD}  tokens=0  opens; may be taken out"


def test_keys_of_a_secret_are_named_by_their_ids() -> None:
    secret = json.dumps({"TOKEN_VAULT_KEY": [vault_key("n"), vault_key("o")]})
    assert configured_keys(secret) == [NEW, OLD]
    assert configured_keys(json.dumps({"TOKEN_VAULT_KEY": vault_key("n")})) == [NEW]
    assert all(re.fullmatch("[0-9a-f]{12}", key_id) for key_id in (NEW, OLD))


@pytest.mark.parametrize("secret", ["{}", '{"TOKEN_VAULT_KEY": "nonsense"}'])
def test_a_secret_without_keys_is_said_plainly(secret: str) -> None:
    with pytest.raises(VaultKeyError):
        configured_keys(secret)
