"""Whatever people and faults do, a mirrored table ends up as it is in Lark."""

from tests.support.histories import play_histories
from tests.support.mirror_history import MirrorHistory


def test_mirror_is_the_same_in_the_end() -> None:
    play_histories(MirrorHistory)
