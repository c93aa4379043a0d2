"""DynamoDB in memory answers as moto and the emulator do: whatever a test finds rests on it."""

import pytest

from tests.support.dynamo_scenarios import SCENARIOS
from tests.support.dynamo_sides import Both


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_answers_and_errors_are_the_same(scenario: str, both: Both) -> None:
    for call in SCENARIOS[scenario]:
        both.compare(call)
