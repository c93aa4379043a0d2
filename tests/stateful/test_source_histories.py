"""Whatever callers, people and faults do, a pushed table ends up in Lark as it is here, each row once."""

from tests.support.histories import play_histories
from tests.support.source_history import SourceHistory


def test_source_is_the_same_in_the_end() -> None:
    play_histories(SourceHistory)
