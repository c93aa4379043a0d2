"""Tokens are opened with a key in use, for their owner and in their place, and with nothing else."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.aws import Secrets
from larkbridge.store.grants import LARK_USER, Owner, SealedPair
from larkbridge.token_pair import TokenPair
from larkbridge.vault.refusals import VaultKeyError
from larkbridge.vault.sealing import KEY_SETTING, VaultKeys, vault_keys
from tests.support.clock import SimulatedClock
from tests.support.vault import AN, vault_key

MOMENT = datetime(2026, 9, 1, tzinfo=UTC)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)


def pair_of(access_token: str, refresh_token: str) -> TokenPair:
    return TokenPair(access_token, MOMENT, refresh_token, MOMENT)


@given(access_token=TEXTS, refresh_token=TEXTS, kind=TEXTS, owner_id=TEXTS)
def test_what_is_sealed_opens_again(access_token: str, refresh_token: str, kind: str, owner_id: str) -> None:
    keys, owner = VaultKeys([vault_key()]), Owner(kind, owner_id)
    sealed = keys.seal(owner, pair_of(access_token, refresh_token))
    assert keys.open(owner, sealed) == (access_token, refresh_token)


def test_no_two_sealings_are_the_same_and_none_shows_the_token() -> None:
    keys, pair = VaultKeys([vault_key()]), pair_of("u-secret-token", "ur-secret-token")
    sealed = [keys.seal(AN, pair) for _ in range(100)]
    assert len({one.access_token for one in sealed} | {one.refresh_token for one in sealed}) == 200
    assert len({one.access_token[:12] for one in sealed} | {one.refresh_token[:12] for one in sealed}) == 200
    assert not [one for one in sealed if b"secret" in one.access_token + one.refresh_token]


@pytest.mark.parametrize(
    "owner", [Owner(LARK_USER, "ou_binh"), Owner("zalo", AN.id), Owner("lark", "user#ou_an")]
)
def test_a_token_that_is_moved_to_another_owner_cannot_be_opened(owner: Owner) -> None:
    keys = VaultKeys([vault_key()])
    with pytest.raises(VaultKeyError, match="cannot be opened"):
        keys.open(owner, keys.seal(AN, pair_of("u-1", "ur-1")))


def test_a_token_that_is_moved_to_another_field_cannot_be_opened() -> None:
    keys = VaultKeys([vault_key()])
    sealed = keys.seal(AN, pair_of("u-1", "ur-1"))
    for moved in (
        sealed._replace(access_token=sealed.refresh_token),
        sealed._replace(refresh_token=sealed.access_token),
    ):
        with pytest.raises(VaultKeyError, match="cannot be opened"):
            keys.open(AN, moved)


@given(at=st.integers(0, 30), bit=st.integers(0, 7))
def test_a_bit_that_changes_is_noticed(at: int, bit: int) -> None:
    keys = VaultKeys([vault_key()])
    sealed = keys.seal(AN, pair_of("u-1", ""))
    changed = bytearray(sealed.access_token)
    changed[at % len(changed)] ^= 1 << bit
    with pytest.raises(VaultKeyError):
        keys.open(AN, sealed._replace(access_token=bytes(changed)))


@pytest.mark.parametrize("length", [0, 5, 12, 28])
def test_what_is_cut_off_is_refused_plainly(length: int) -> None:
    keys = VaultKeys([vault_key()])
    sealed = keys.seal(AN, pair_of("u-1", ""))
    with pytest.raises(VaultKeyError):
        keys.open(AN, sealed._replace(access_token=sealed.access_token[:length]))


def test_the_first_key_seals_and_each_opens() -> None:
    old = VaultKeys([vault_key("o")]).seal(AN, pair_of("u-1", "ur-1"))
    keys = VaultKeys([vault_key("n"), vault_key("o")])
    new = keys.seal(AN, pair_of("u-2", "ur-2"))
    assert (keys.open(AN, old), keys.open(AN, new)) == (("u-1", "ur-1"), ("u-2", "ur-2"))
    assert [new.key_id, old.key_id] == keys.ids
    with pytest.raises(VaultKeyError, match=f"key {old.key_id}, which TOKEN_VAULT_KEY does not have"):
        VaultKeys([vault_key("n")]).open(AN, old)


RAW = bytes(range(200, 232))


@pytest.mark.parametrize(
    "text",
    [
        RAW.hex(),
        RAW.hex().upper(),
        base64.b64encode(RAW).decode(),
        base64.urlsafe_b64encode(RAW).decode(),
        base64.b64encode(RAW).decode().rstrip("="),
    ],
)
def test_a_key_is_base64_or_hex_of_32_bytes(text: str) -> None:
    assert VaultKeys([text]).ids == VaultKeys([RAW.hex()]).ids


@pytest.mark.parametrize(
    "text",
    [
        "secret-vault",
        "s" * 32,
        "00" * 31,
        "00" * 33,
        base64.b64encode(b"s" * 31).decode(),
        "é" * 44,
        "=" * 44,
    ],
)
def test_a_key_that_is_none_is_refused_and_not_quoted(text: str) -> None:
    for texts in ([text], [vault_key(), text]):
        with pytest.raises(VaultKeyError, match="TOKEN_VAULT_KEY is not 32 bytes") as caught:
            VaultKeys(texts)
        assert text not in str(caught.value)


@pytest.mark.parametrize("document", ["{}", '{"TOKEN_VAULT_KEY": ""}', '{"TOKEN_VAULT_KEY": 7}', "nonsense"])
def test_a_missing_or_malformed_setting_is_refused_plainly(document: str) -> None:
    secrets = Secrets(lambda: document, SimulatedClock())
    with pytest.raises(VaultKeyError):
        vault_keys(lambda: secrets.all(KEY_SETTING))


def test_a_pair_without_a_refresh_token_stays_without() -> None:
    keys = VaultKeys([vault_key()])
    sealed = keys.seal(AN, pair_of("u-1", ""))
    assert sealed == SealedPair(keys.ids[0], sealed.access_token, b"")
    assert keys.open(AN, sealed) == ("u-1", "")
