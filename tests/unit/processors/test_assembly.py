"""Processing put together from the environment."""

import pytest

from larkbridge.errors import MissingSettingError
from larkbridge.processors.assembly import Processing
from larkbridge.settings import Settings

TABLES = (
    "EVENTS_TABLE",
    "DELIVERIES_TABLE",
    "DESTINATIONS_TABLE",
    "PAYMENTS_TABLE",
    "SUBSCRIPTIONS_TABLE",
    "USERS_TABLE",
    "CONTENT_TABLE",
    "BUTTON_CONFIGS_TABLE",
    "BUTTON_RESULTS_TABLE",
)


@pytest.mark.parametrize("name", [*TABLES, "SECRETS_ID"])
def test_missing_table_shows_at_the_start(environ: dict[str, str], name: str) -> None:
    with pytest.raises(MissingSettingError, match=name):
        Processing(Settings({key: value for key, value in environ.items() if key != name}))


def test_nothing_else_is_needed(environ: dict[str, str]) -> None:
    Processing(Settings({name: environ[name] for name in (*TABLES, "SECRETS_ID")}))
