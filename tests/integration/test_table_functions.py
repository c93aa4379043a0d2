"""The functions of table sync as new Lambda processes, fed with the samples in events/."""

import json
import time
from collections.abc import Iterator

import pytest

from sandbox.local_tables import APP_TOKEN
from sandbox.webhooks.signers import completed
from tests.support.bundle import Bundle, deployed
from tests.support.functions import functions
from tests.support.stream import stream_record
from tests.support.webhooks import FIRST_SECRETS


@pytest.fixture
def bundle(environ: dict[str, str]) -> Iterator[Bundle]:
    with deployed(environ) as bundle:
        yield bundle


@pytest.mark.parametrize("case", ["scheduled", "nightly"])
def test_what_people_write_in_lark_is_pulled(bundle: Bundle, case: str) -> None:
    bundle.put_record("tblClasses", "recClassA1", {"Mã lớp": "A1", "Số chỗ": 12})

    assert bundle.invoke("sync_mirrors", functions()["sync_mirrors"].samples()[case]) == {"classes": "pulled"}
    (row,) = bundle.rows("classes")
    assert (row["larkSourceId"], row["values"]["code"], row["values"]["seats"]) == ("recClassA1", "A1", 12)


@pytest.mark.parametrize("case", ["scheduled", "nightly", "row_changed"])
def test_what_is_written_here_is_pushed(bundle: Bundle, case: str) -> None:
    assert bundle.answer("admin_api", "put_row").status == 200
    event = functions()["push_sources"].samples()[case]

    assert bundle.invoke("push_sources", event) == {"students": "pushed"}
    (row,) = bundle.rows("students")
    assert row["status"] == "pushed"
    record = bundle.lark.get(f"/_sandbox/lark/base/{APP_TOKEN}/tblStudents/{row['larkRecordId']}").json()
    assert "Nguyễn Minh An" in json.dumps(record, ensure_ascii=False)


def test_nothing_waits_to_be_pushed_at_first(bundle: Bundle) -> None:
    event = functions()["push_sources"].samples()["scheduled"]

    assert bundle.invoke("push_sources", event) == {"students": "idle"}


def test_a_change_that_lark_reports_is_read_again(bundle: Bundle) -> None:
    bundle.put_record("tblClasses", "recClassA1", {"Mã lớp": "A1", "Số chỗ": 14})
    sample = functions()["receive_webhook"].samples()["lark_record_changed"]
    bundle.invoke("receive_webhook", completed(sample, FIRST_SECRETS, time.time()))
    (stored,) = bundle.events()
    bundle.invoke("process_event", {"Records": [stream_record(stored, 1)]})

    (event,) = bundle.events()
    assert event["status"]["S"] == "success"
    (row,) = bundle.rows("classes")
    assert row["values"]["seats"] == 14


def test_a_column_that_lark_reports_has_the_table_pulled_whole(bundle: Bundle) -> None:
    sample = functions()["receive_webhook"].samples()["lark_field_changed"]
    bundle.invoke("receive_webhook", completed(sample, FIRST_SECRETS, time.time()))
    (stored,) = bundle.events()
    bundle.invoke("process_event", {"Records": [stream_record(stored, 1)]})

    tables = {one["name"]: one for one in bundle.answer("admin_api", "list_tables").body["items"]}
    assert (tables["classes"]["requested"], tables["students"]["requested"]) == ("full", None)
