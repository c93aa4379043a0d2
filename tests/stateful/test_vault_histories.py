"""Whatever goes wrong in weeks: no refresh token is spent twice, and whose grant is lost is asked once."""

from tests.support.histories import play_histories
from tests.support.vault_history import VaultHistory


def test_grants_are_used_kept_and_lost_as_they_should() -> None:
    play_histories(VaultHistory)
