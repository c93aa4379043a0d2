"""Whatever is written into a cell is read back, and whatever stands in one is read or refused."""

import contextlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from larkbridge.lark.cell_formats import READ_ONLY, FieldType, ValueMismatchError, canonical, read, write
from sandbox.lark.cells import listed, written

T = FieldType
WRITABLE = sorted(set(FieldType) - READ_ONLY)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
IDS = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=8), max_size=5)
MOMENTS = st.datetimes(timezones=st.timezones()).map(lambda one: one.isoformat()) | st.dates().map(str)
DEGREES = st.tuples(st.integers(-179, 179), st.integers(-90, 90)).map(lambda pair: f"{pair[0]}.5, {pair[1]}")
FITTING: dict[FieldType, st.SearchStrategy[Any]] = {
    T.TEXT: TEXTS,
    T.NUMBER: st.integers() | st.floats(-1e300, 1e300),
    T.SINGLE_SELECT: TEXTS,
    T.MULTI_SELECT: IDS,
    T.DATETIME: MOMENTS,
    T.CHECKBOX: st.booleans(),
    T.USER: IDS,
    T.PHONE: st.from_regex(r"\A\+?[0-9]{0,63}\Z"),
    T.URL: st.fixed_dictionaries({"link": st.text(min_size=1, max_size=9)}, optional={"text": TEXTS}),
    T.ATTACHMENT: IDS.map(lambda ids: [{"fileToken": one, "name": "a.png"} for one in ids]),
    T.LINK: IDS,
    T.DUPLEX_LINK: IDS,
    T.LOCATION: st.fixed_dictionaries({"location": DEGREES, "name": TEXTS}),
    T.GROUP: IDS,
}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | MOMENTS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "text", "link", "type", "value", "file_token", "fileToken", "size"])
            | st.sampled_from(["link_record_ids", "location", "name"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@st.composite
def fitting(draw: st.DrawFn) -> tuple[FieldType, Any]:
    field_type = draw(st.sampled_from(WRITABLE))
    return field_type, draw(FITTING[field_type])


@given(fitting())
def test_what_is_written_is_read_back(case: tuple[FieldType, Any]) -> None:
    field_type, value = case
    same = canonical(field_type, value)
    assert read(field_type, write(field_type, value)) == same
    assert canonical(field_type, same) == same


@given(fitting())
def test_what_lark_shows_of_a_written_value_means_the_same(case: tuple[FieldType, Any]) -> None:
    field_type, value = case
    kept = written(field_type, "", write(field_type, value))
    for shown in (kept, None if kept is None else listed(field_type, kept)):
        assert canonical(field_type, read(field_type, shown)) == canonical(field_type, value)


@given(st.sampled_from([*FieldType, 3001]), ANY_JSON)
def test_any_json_is_a_value_or_a_mismatch(field_type: int, anything: Any) -> None:
    for call in (read, write, canonical):
        with contextlib.suppress(ValueMismatchError):
            json.dumps(call(field_type, anything))
