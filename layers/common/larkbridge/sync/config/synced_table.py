"""What the registry says of one table."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from larkbridge.errors import MissingSettingError
from larkbridge.lark.cell_formats import FieldType
from larkbridge.store.submissions import FormType


class Role(StrEnum):
    SOURCE = "SOURCE"
    """We are authoritative; rows are pushed to Lark."""
    MIRROR = "MIRROR"
    """Lark is authoritative; rows are pulled."""


class Deletions(StrEnum):
    MARK = "mark"
    """A mirrored row that is gone in Lark stays, marked."""
    EXPIRE = "expire"
    """It is marked, and goes after 30 days."""
    RESTORE = "restore"
    """A record of ours that a person deletes in Lark is created anew."""
    ACCEPT = "accept"
    """The row here is deleted too."""


POLICIES = {
    Role.MIRROR: (Deletions.MARK, Deletions.EXPIRE),
    Role.SOURCE: (Deletions.RESTORE, Deletions.ACCEPT),
}
"""By role, the default first."""


class RegistryError(MissingSettingError):
    """The registry cannot be used as it is written; the message names the table and the field."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column: our name, Lark's id, the name it has there, and its type."""

    name: str
    field_id: str
    column: str
    type: FieldType


@dataclass(frozen=True, slots=True)
class CaseColumns:
    """Columns of staff, by the names they have in Lark, in which a parent's case stands.

    `values` are what its status may be set to.
    """

    status: str
    note: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncedTable:
    """One table; `app_token` and `table_id` are empty while it is not connected.

    `agent` names the fields of a mirrored table that the chat agent may read; `case` the columns beside the
    fields of a fed table in which it may set a case's status and add a note.
    """

    name: str
    role: Role
    key: str | None
    every: timedelta
    deletions: Deletions
    feed: FormType | None
    fields: tuple[Field, ...]
    agent: tuple[str, ...] = ()
    case: CaseColumns | None = None
    app_token: str = ""
    table_id: str = ""

    @property
    def connected(self) -> bool:
        return bool(self.app_token)

    @property
    def place(self) -> str:
        """Where it is in Lark, and in which role: in another role it is another table."""
        return f"{self.role} {self.app_token}/{self.table_id}"

    @property
    def key_field(self) -> Field | None:
        """The field that says which row a record is."""
        return next((field for field in self.fields if field.name == self.key), None)
