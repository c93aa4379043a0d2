"""What a form's submission becomes in the SOURCE table that it feeds."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from larkbridge.clock import Clock
from larkbridge.settings import Settings
from larkbridge.store.source_rows import SourceRowStore
from larkbridge.store.submissions import FormType
from larkbridge.store.table import Action
from larkbridge.sync.config.registry import registry
from larkbridge.sync.source.source_writes import SourceWrites


def table_feed(
    form_type: FormType, settings: Settings, clock: Clock
) -> Callable[[str, Mapping[str, Any]], Sequence[Action]]:
    """Return what makes a new row of a submission, under the submission's id.

    Raises
    ------
    MissingSettingError
        When the registry cannot be used, or no connected table takes the form.
    """
    table = registry(settings).fed_by(form_type)
    writes = SourceWrites(SourceRowStore(settings.required("SOURCE_ROWS_TABLE")), clock)
    return lambda submission_id, fields: [writes.feed_action(table, submission_id, fields)]
