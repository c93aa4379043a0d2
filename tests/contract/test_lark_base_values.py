"""Cells of every type, as our client and Lark's own SDK write and read them."""

from collections.abc import Iterator
from typing import Any

import pytest

from larkbridge.lark import cell_formats
from sandbox.lark.cells import FieldType
from sandbox.lark.openapi import OpenApi
from sandbox.lark.tables import Field
from tests.support.clock import SimulatedClock
from tests.support.lark_api_clients import code_of
from tests.support.lark_base_clients import TableClient, our_table, sdk_table
from tests.support.lark_sdk_apis import APP_ID, APP_SECRET
from tests.support.lark_sdk_base import TABLE

T = FieldType
TOKEN = "fe599b60-450f-46ff-b2ef-9f6675625b97"
AN = [{"text": "An", "type": "text"}]


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock()


@pytest.fixture
def lark(clock: SimulatedClock) -> OpenApi:
    return OpenApi(clock.timestamp, APP_ID, [APP_SECRET])


@pytest.fixture(params=[our_table, sdk_table])
def table(request: pytest.FixtureRequest, lark: OpenApi, clock: SimulatedClock) -> Iterator[TableClient]:
    with request.param(lark, clock) as table:
        yield table


@pytest.mark.parametrize(
    ("field_type", "wrong", "expected"),
    [
        (T.TEXT, 1, 1254060),
        (T.NUMBER, "1", 1254061),
        (T.SINGLE_SELECT, 1, 1254062),
        (T.MULTI_SELECT, "A1", 1254063),
        (T.DATE_TIME, "hôm nay", 1254064),
        (T.CHECKBOX, "có", 1254065),
        (T.USER, "ou_1", 1254066),
        (T.SINGLE_LINK, "rec1", 1254067),
        (T.URL, "https://lark.test", 1254068),
        (T.ATTACHMENT, ["f1"], 1254069),
        (T.PHONE, "chín", 1254072),
        (T.DUPLEX_LINK, "rec1", 1254074),
        (T.FORMULA, 1, 1254015),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_its_code(
    table: TableClient, lark: OpenApi, field_type: FieldType, wrong: Any, expected: int
) -> None:
    lark.bases.create_table(*TABLE, [Field("fld1", "F", field_type)])
    assert code_of(lambda: table.create({"F": wrong}, TOKEN)) == expected


@pytest.mark.parametrize(
    ("field_type", "value"),
    [
        (T.TEXT, "An"),
        (T.NUMBER, 3),
        (T.NUMBER, 2.5),
        (T.SINGLE_SELECT, "A1"),
        (T.MULTI_SELECT, ["A1", "B1"]),
        (T.DATE_TIME, "2026-09-01T02:00:00.000Z"),
        (T.CHECKBOX, False),
        (T.USER, ["ou_1"]),
        (T.PHONE, "+84900000001"),
        (T.URL, {"text": "web", "link": "https://lark.test"}),
        (T.SINGLE_LINK, ["rec1"]),
        (T.DUPLEX_LINK, ["rec1", "rec2"]),
        (T.GROUP_CHAT, ["oc_1"]),
    ],
)
def test_what_is_written_in_plain_json_is_read_back_whichever_client_writes_it(
    table: TableClient, lark: OpenApi, field_type: FieldType, value: Any
) -> None:
    lark.bases.create_table(*TABLE, [Field("fld1", "F", field_type)])
    record_id = table.create({"F": cell_formats.write(field_type, value)}, TOKEN)
    searched = table.search().fields[record_id]["F"]
    assert cell_formats.read(field_type, searched) == cell_formats.canonical(field_type, value)


EVERYTHING: list[tuple[FieldType, Any, Any]] = [
    (
        T.TEXT,
        [{"type": "mention", "text": "@An", "token": "ou_1"}, {"type": "text", "text": " ơi"}],
        "@An ơi",
    ),
    (T.NUMBER, -2.5, -2.5),
    (T.SINGLE_SELECT, "A1", "A1"),
    (T.MULTI_SELECT, ["A1", "B1"], ["A1", "B1"]),
    (T.DATE_TIME, 1_788_228_000_000, "2026-09-01T02:00:00.000Z"),
    (T.CHECKBOX, True, True),
    (T.USER, [{"id": "ou_1"}], ["ou_1"]),
    (T.PHONE, "0900000001", "0900000001"),
    (T.URL, {"text": "web", "link": "https://lark.test"}, {"text": "web", "link": "https://lark.test"}),
    (
        T.ATTACHMENT,
        [{"file_token": "f1"}],
        [{"fileToken": "f1", "name": "f1.png", "type": "image/png", "size": 1024}],
    ),
    (T.SINGLE_LINK, ["rec1"], ["rec1"]),
    (T.LOOKUP, {"type": 2, "value": [1, 2]}, [1, 2]),
    (T.FORMULA, {"type": 1, "value": AN}, "An"),
    (T.DUPLEX_LINK, ["rec1"], ["rec1"]),
    (T.GROUP_CHAT, [{"id": "oc_1"}], ["oc_1"]),
    (T.CREATED_TIME, ..., "2026-09-01T02:00:00.000Z"),
    (T.MODIFIED_TIME, ..., "2026-09-01T02:00:00.000Z"),
    (T.CREATED_USER, ..., ["ou_person"]),
    (T.MODIFIED_USER, ..., ["ou_person"]),
    (T.AUTO_NUMBER, ..., "1"),
]
"""Each type, what a person enters (nothing where Lark fills it), and what that is in plain JSON."""


def enter_everything(lark: OpenApi) -> dict[str, tuple[FieldType, Any]]:
    """Make a record with a value of every type; return type and plain value by column."""
    columns = [Field(f"fld{one}", one.name, one) for one, _, _ in EVERYTHING]
    lark.bases.create_table(*TABLE, columns)
    entered = {one.name: value for one, value, _ in EVERYTHING if value is not ...}
    lark.bases.put(*TABLE, "rec1", entered)
    return {one.name: (one, plain) for one, _, plain in EVERYTHING}


def test_every_type_is_read_as_plain_json(table: TableClient, lark: OpenApi) -> None:
    expected = enter_everything(lark)
    for rows in (table.search(), table.get(["rec1"])[0]):
        read = {
            name: cell_formats.read(expected[name][0], cell) for name, cell in rows.fields["rec1"].items()
        }
        assert read == {name: plain for name, (_, plain) in expected.items()}


def test_the_deprecated_list_has_formats_of_its_own_that_read_the_same(
    lark: OpenApi, clock: SimulatedClock
) -> None:
    expected = enter_everything(lark)
    with sdk_table(lark, clock) as sdk:
        cells = sdk.listed()["rec1"]
    assert (cells["TEXT"], cells["NUMBER"]) == ("@An ơi", "-2.5")
    read = {name: cell_formats.read(expected[name][0], cell) for name, cell in cells.items()}
    assert read == {name: plain for name, (_, plain) in expected.items()}


def test_a_location_is_written_as_coordinates_and_read_with_its_address(
    table: TableClient, lark: OpenApi
) -> None:
    lark.bases.create_table(*TABLE, [Field("fld1", "F", T.LOCATION)])
    record_id = table.create({"F": cell_formats.write(T.LOCATION, {"location": "105.8,21.03"})}, TOKEN)
    place = cell_formats.read(T.LOCATION, table.search().fields[record_id]["F"])
    assert place.keys() >= {"location", "name", "address", "fullAddress"}
    assert (place["location"], cell_formats.canonical(T.LOCATION, place)) == (
        "105.8,21.03",
        {"location": "105.8,21.03"},
    )
