"""The last good secrets outlive an outage of Secrets Manager for an hour, and no longer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest

from tests.support.aws_faults import aws_fails, no_answer, service_error
from tests.support.output import captured
from tests.support.world import World

EVENT = {"id": "evt_1", "type": "a"}


def _unavailable(code: str) -> Callable[[World], Any]:
    return lambda _: aws_fails("secretsmanager", "GetSecretValue", lambda: service_error(code))


def _silent(_: World) -> Any:
    return aws_fails("secretsmanager", "GetSecretValue", no_answer)


def _replaced_by(text: str) -> Callable[[World], Any]:
    @contextmanager
    def replaced(world: World) -> Iterator[None]:
        boto3.client("secretsmanager").put_secret_value(
            SecretId=world.environ["SECRETS_ID"], SecretString=text
        )
        yield

    return replaced


OUTAGES: dict[str, Callable[[World], Any]] = {
    "down": _unavailable("InternalServiceError"),
    "throttled": _unavailable("ThrottlingException"),
    "not permitted": _unavailable("AccessDeniedException"),
    "silent": _silent,
    "not JSON": _replaced_by('{"STRIPE_WEBHOOK_SECRET": '),
    "no object": _replaced_by("[]"),
    "a number": _replaced_by('{"STRIPE_WEBHOOK_SECRET": 12}'),
}


@pytest.mark.parametrize("outage", OUTAGES)
def test_webhooks_are_verified_for_an_hour_with_the_last_good_secrets(world: World, outage: str) -> None:
    assert world.webhook("stripe", EVENT).status == 200
    world.clock.advance(minutes=6)
    with captured() as output, OUTAGES[outage](world):
        statuses = [world.webhook("stripe", EVENT).status]
        world.clock.advance(minutes=50)
        statuses.append(world.webhook("stripe", EVENT).status)
        forged = world.webhook("stripe", EVENT, secrets={"STRIPE_WEBHOOK_SECRET": "other"}).status
        world.clock.advance(minutes=5)
        after = world.webhook("stripe", EVENT).status
    assert statuses == [200, 200]
    assert forged == 401
    assert after in (500, 503)
    assert output.metrics["SecretsStale"] == [1, 1]


def test_what_waits_is_sent_during_the_outage(world: World) -> None:
    world.post()
    world.clock.advance(minutes=10)
    with OUTAGES["down"](world):
        assert world.post().body["larkStatus"] == "sent"


def test_secrets_are_read_again_within_half_a_minute(world: World) -> None:
    world.webhook("stripe", EVENT)
    world.clock.advance(minutes=6)
    with OUTAGES["down"](world):
        during = world.webhook("stripe", EVENT).status
    values = '{"STRIPE_WEBHOOK_SECRET": "new"}'
    boto3.client("secretsmanager").put_secret_value(SecretId=world.environ["SECRETS_ID"], SecretString=values)
    world.clock.advance(seconds=30)
    rotated = world.webhook("stripe", EVENT, secrets={"STRIPE_WEBHOOK_SECRET": "new"}).status
    assert (during, rotated) == (200, 200)
    assert world.webhook("stripe", EVENT).status == 401
