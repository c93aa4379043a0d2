from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.retry_after import wait_asked_for

NOW = datetime(2026, 10, 21, 7, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "30"}, 30),
        ({"retry-after": "0", "x-reset": "7"}, 7),
        ({"x-reset": "soon", "retry-after": "5"}, 5),
        ({"retry-after": " 30 "}, 30),
        ({"retry-after": "1.5"}, 2),
        ({"retry-after": "0.01"}, 1),
        ({"retry-after": "1" * 10}, 48 * 3600),
        ({"retry-after": "9" * 400}, 48 * 3600),
        ({"retry-after": "Wed, 21 Oct 2026 07:30:00 GMT"}, 120),
        ({"retry-after": "Wednesday, 21-Oct-26 07:30:00 GMT"}, 120),
        ({"retry-after": "Wed Oct 21 07:30:00 2026"}, 120),
        ({"retry-after": "Wed, 21 Oct 2020 07:30:00 GMT"}, 0),
        ({"retry-after": "Wed, 21 Oct 2999 07:30:00 GMT"}, 48 * 3600),
        (
            {
                "retry-after": "Wed, 21 Oct 2026 17:00:10 GMT",
                "date": "Wed, 21 Oct 2026 17:00:00 GMT",
            },
            10,
        ),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "1e3"}, None),
        ({"retry-after": "٣"}, None),
        ({}, None),
    ],
)
def test_wait_is_what_the_first_readable_header_asks_for(headers: dict[str, str], wait: float | None) -> None:
    assert wait_asked_for(headers, "x-reset", "retry-after", now=NOW) == wait


@given(value=st.text(max_size=40) | st.text("0123456789 ,:+-.GMTOctWed", max_size=40))
def test_any_header_asks_for_a_bounded_wait_or_none(value: str) -> None:
    for headers in ({"retry-after": value}, {"retry-after": value, "date": value}):
        wait = wait_asked_for(headers, "retry-after", now=NOW)
        assert wait is None or (0 <= wait <= 48 * 3600 and wait == int(wait))
