"""Which rows of a table are meant, by a field's value; who asks by a phone number looks a person up.

That takes the right to look people up, and the Audit table has a line for it. Without the right, a row is
compared as it is seen, so that no part of a number finds one.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from larkbridge.agent.masking import masked_in, numbers_in
from larkbridge.agent.tools.centre_access import LOOKED_UP, require_right
from larkbridge.agent.tools.tool import Asker
from larkbridge.lark.cell_formats import FieldType
from larkbridge.routes import Scope
from larkbridge.store.audit_entries import AuditEntry, AuditStore
from larkbridge.sync.config.synced_table import Field, SyncedTable
from larkbridge.text import line

type Values = Mapping[str, Any]


class Lookup(NamedTuple):
    """A field, and the value that rows are to have in it, or to begin with."""

    field: Field
    wanted: bool | float | str | None
    is_prefix: bool = False

    @property
    def is_of_person(self) -> bool:
        """Whether a phone number is asked for."""
        if self.wanted is None or isinstance(self.wanted, bool) or self.wanted == "":
            return False
        wanted = f"{self.wanted:.0f}" if isinstance(self.wanted, int | float) else self.wanted
        return self.field.type is FieldType.PHONE or bool(numbers_in(wanted))

    def has_number(self, values: Values) -> bool:
        """Return whether a phone number stands where a row was compared."""
        return bool(self.wanted and numbers_in(str(values.get(self.field.name))))

    def matches(self, values: Values, *, sees_people: bool) -> bool:
        """Return whether a row is meant."""
        value = values.get(self.field.name)
        if not sees_people:
            value = masked_in(value)
        if self.is_prefix:
            return folded(value).startswith(folded(self.wanted))
        return _equal(self.field, value, self.wanted)


class Matching:
    """Compares rows for somebody; raises ToolError where a number is asked for without the right."""

    def __init__(self, asker: Asker, lookups: Sequence[Lookup]) -> None:
        if any(lookup.is_of_person for lookup in lookups):
            require_right(asker, Scope.PEOPLE)
        self._asker = asker
        self._lookups = lookups
        self._sees_people = Scope.PEOPLE in asker.scopes

    def matches(self, values: Values) -> bool:
        """Return whether a row is meant by all that is asked."""
        return all(one.matches(values, sees_people=self._sees_people) for one in self._lookups)

    def note(self, audit: AuditStore, table: SyncedTable, rows: Iterable[Values]) -> None:
        """Note who asked, if people were looked up by their numbers; a request then."""
        if not self._sees_people:
            return
        found = list(rows)
        is_noted = any(one.is_of_person or any(map(one.has_number, found)) for one in self._lookups)
        if is_noted:
            at, who = self._asker.now, self._asker.turn.open_id
            entry = AuditEntry(at=at, who=who, what=LOOKED_UP, subject=table.name, count=len(found))
            audit.add(entry)


def folded(text: Any) -> str:
    """Return a text as people compare it."""
    return "" if text is None else line(str(text)).casefold()


def _equal(field: Field, value: Any, wanted: bool | float | str | None) -> bool:
    if field.type is FieldType.CHECKBOX:
        return bool(value) == (folded(wanted) in ("true", "1", "1.0"))
    if wanted is None or value is None:
        return value is wanted
    if isinstance(value, list):
        return any(folded(item) == folded(wanted) for item in value)
    if isinstance(value, int | float):
        return folded(float(value)) == folded(wanted) or str(value) == str(wanted)
    return folded(value) == folded(wanted)
