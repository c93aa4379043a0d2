"""What is put together from the environment needs its tables and its secret, and nothing else."""

import pytest

from larkbridge.errors import MissingSettingError
from larkbridge.settings import Settings
from larkbridge.wiring.backlogs import delivery_backlog
from larkbridge.wiring.deliveries import first_attempts
from larkbridge.wiring.processing import processing

TABLES = (
    "EVENTS_TABLE",
    "DELIVERIES_TABLE",
    "PAYMENTS_TABLE",
    "SUBSCRIPTIONS_TABLE",
    "USERS_TABLE",
    "CONTENT_TABLE",
    "BUTTON_CONFIGS_TABLE",
)

SENDING_TABLES = ("DELIVERIES_TABLE", "DESTINATIONS_TABLE", "BUTTON_RESULTS_TABLE")


@pytest.mark.parametrize("name", [*TABLES, "SECRETS_ID"])
def test_missing_table_shows_at_the_start(environ: dict[str, str], name: str) -> None:
    with pytest.raises(MissingSettingError, match=name):
        processing(Settings({key: value for key, value in environ.items() if key != name}))


def test_nothing_else_is_needed(environ: dict[str, str]) -> None:
    processing(Settings({name: environ[name] for name in (*TABLES, "SECRETS_ID")}))


@pytest.mark.parametrize("name", [*SENDING_TABLES, "SECRETS_ID"])
def test_missing_table_of_sending_shows_at_the_start(environ: dict[str, str], name: str) -> None:
    with pytest.raises(MissingSettingError, match=name):
        delivery_backlog(Settings({key: value for key, value in environ.items() if key != name}))


def test_sending_needs_nothing_else_and_first_attempts_the_table_of_rates(environ: dict[str, str]) -> None:
    known = {name: environ[name] for name in (*SENDING_TABLES, "SECRETS_ID")}
    delivery_backlog(Settings(known))
    with pytest.raises(MissingSettingError, match="RATE_LIMITS_TABLE"):
        first_attempts(Settings(known))
    first_attempts(Settings(known | {"RATE_LIMITS_TABLE": environ["RATE_LIMITS_TABLE"]}))
