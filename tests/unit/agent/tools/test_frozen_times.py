"""What waits for a press is at the same time afterwards, at the ends of days, months and years too."""

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from larkbridge.agent.pending.in_words import times_in_words
from larkbridge.agent.pending.pending_texts import EN, VI
from larkbridge.agent.tools.frozen_times import frozen_times, thawed_times
from larkbridge.agent.tools.local_time import WEEKDAYS
from larkbridge.clock import HO_CHI_MINH

ZONES = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
NEAR_ENDS = st.sampled_from(
    [
        datetime(2026, 12, 31, 17, tzinfo=UTC),
        datetime(2027, 2, 28, 17, tzinfo=UTC),
        datetime(2028, 2, 29, 17, tzinfo=UTC),
    ]
)
MOMENTS = st.builds(
    lambda end, minutes, zone: (end + timedelta(minutes=minutes)).astimezone(zone),
    NEAR_ENDS,
    st.integers(-120, 120),
    ZONES,
)
DAYS = st.dates(date(2026, 1, 1), date(2099, 12, 31))


@given(start=MOMENTS, minutes=st.integers(1, 3000))
def test_moments_are_the_same_afterwards_whatever_zone_they_came_in(start: datetime, minutes: int) -> None:
    end = start + timedelta(minutes=minutes)
    kept = frozen_times(start, end)
    assert thawed_times(kept) == (start, end)
    assert frozen_times(*thawed_times(kept)) == kept
    assert frozen_times(start.astimezone(UTC), end.astimezone(UTC)) == kept


@given(start=DAYS, days=st.integers(0, 40))
def test_whole_days_stay_days(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    assert thawed_times(frozen_times(start, end)) == (start, end)


@given(start=MOMENTS)
def test_the_weekday_is_that_of_vietnam(start: datetime) -> None:
    local = start.astimezone(HO_CHI_MINH)
    words = times_in_words(VI, start, start + timedelta(minutes=1))
    assert words.startswith(f"{WEEKDAYS[local.weekday()]} {local:%d/%m/%Y}, {local:%H:%M}")
    assert times_in_words(EN, start, start + timedelta(minutes=1)).startswith(f"{local:%A %d/%m/%Y}, ")
