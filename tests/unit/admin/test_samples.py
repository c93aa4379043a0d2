"""The samples of the admin API ask for what the samples of the forms and webhooks leave behind."""

import json
from typing import Any

import pytest

from larkbridge.store.submissions import FormType
from sandbox.faults import Fault
from sandbox.webhooks.signers import completed
from tests.support.admin import Admin
from tests.support.admin_tables import TablesAdmin
from tests.support.forms import FORMS
from tests.support.functions import functions
from tests.support.webhooks import FIRST_SECRETS
from tests.support.world import World

SAMPLES = functions()["admin_api"].samples()
WEBHOOKS = functions()["receive_webhook"].samples()
FORM = functions()["submit_info_form"].samples()["idempotency_key"]
CASES = ("stripe_checkout", "clerk_user_created", "modelriver_ai_generated", "feishu_button")


@pytest.fixture
def used(world: World) -> World:
    """A bundle that has taken the samples while neither Lark nor ModelRiver could be reached."""
    world.lark.faults.set(Fault("down"))
    world.simulators.modelriver.faults.set(Fault("down"))
    world.send(FormType.STUDENT_INFO, FORM)
    world.post(fields=FORMS[FormType.STUDENT_INFO] | {"phu_luc": "x"}, idempotency_key="held")
    for case in CASES:
        event = completed(WEBHOOKS[case], FIRST_SECRETS, world.clock.timestamp())
        assert world.receive(event).status == 200
    world.wake()
    return world


@pytest.mark.parametrize("case", SAMPLES)
def test_a_sample_finds_what_it_asks_for(used: World, case: str) -> None:
    admin = Admin(used)
    admin.send("POST /v1/feishu/config", _config())
    put = SAMPLES["put_row"]
    TablesAdmin(used).put(put["pathParameters"]["rowId"], **json.loads(put["body"]))
    sample = SAMPLES[case] | {"headers": SAMPLES[case]["headers"] | {"x-api-key": admin.key}}

    answer = used.admin(sample)

    assert answer.status == 200
    assert answer.body.get("items", answer.body) != []
    assert answer.body.get("data") != {"items": [], "cursor": None}


def _config() -> dict[str, Any]:
    return {
        "app_token": "bascnCMII2ORej2RItqpZZUNMIe",
        "table_id": "tblxI2tWaxP5dG7p",
        "webhook_url": "https://receiver.example/clicks",
    }
