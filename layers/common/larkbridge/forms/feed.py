"""A form's submissions as rows of a SOURCE table: what `tables.toml` says and FORM_FEEDS switches on."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from larkbridge.clock import Clock
from larkbridge.errors import MissingSettingError
from larkbridge.observability import count, log_crash
from larkbridge.settings import FeedSettings
from larkbridge.store.submissions import FormType
from larkbridge.store.table import Action

type Feed = Callable[[str, Mapping[str, Any]], Sequence[Action]]
"""Returns what must be stored together with a submission, by its id and its fields."""


def form_feed(form_type: FormType, settings: FeedSettings, clock: Clock) -> Feed | None:
    """Return the feed of a form, None for one that feeds nothing.

    A registry that cannot be used feeds nothing, is logged and counted: it must not keep a form from being
    stored. `push_sources` refuses to start with it.
    """
    if form_type not in settings.form_types:
        return None
    # Only a form that feeds a table reads the registry: that takes 15 ms of a cold start.
    from larkbridge.sync.source.local_writes import table_feed

    try:
        return table_feed(form_type, settings, clock)
    except MissingSettingError as error:
        log_crash("form feed not usable", error)
        count("FeedsBroken")
        return None
