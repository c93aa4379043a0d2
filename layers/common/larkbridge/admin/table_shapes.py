"""What the routes under /v1/tables answer."""

from typing import Annotated, Literal, NotRequired, TypedDict

from larkbridge.shapes import Count, Cursor, JsonObject, Moment, Note
from larkbridge.sync.config.synced_table import Deletions, Role

_VALUES = Note("Every field by our name, null when it is empty.")


class SyncError(TypedDict):
    reason: Annotated[str, Note(examples=["no_permission"])]
    message: NotRequired[str]
    hint: NotRequired[Annotated[str, Note("What a person can do about it.")]]
    larkCode: NotRequired[int | None]
    logId: NotRequired[Annotated[str | None, Note("Lark's, for its support.")]]
    at: NotRequired[Moment]


class ShownMirrorRow(TypedDict):
    id: str
    larkSourceId: Annotated[str, Note("Lark's id of the record.")]
    values: Annotated[
        Annotated[JsonObject, _VALUES] | None, Note("The last content that fitted; null when none ever did.")
    ]
    status: Literal["live", "quarantined", "deleted"]
    quarantine: Annotated[
        dict[str, str] | None,
        Note("For each field that does not fit, the reason; under the empty name that of the whole row."),
    ]
    received: Annotated[JsonObject | None, Note("What Lark has now, while the row is quarantined.")]
    modifiedAt: Annotated[Moment | None, Note("Lark's time; null when Lark gave none.")]
    changedAt: Annotated[Moment, Note("When the row last changed here.")]
    deletedAt: Annotated[Moment | None, Note("When it was found to be gone in Lark.")]


class ShownSourceRow(TypedDict):
    id: str
    larkRecordId: Annotated[str | None, Note("Lark's id of the record, null before there is one.")]
    values: Annotated[JsonObject, _VALUES]
    version: Annotated[int, Note("Counts the changes of the row.", minimum=1)]
    pushedVersion: Annotated[int, Note("The last version that Lark is known to have.", minimum=0)]
    status: Annotated[
        Literal["pending", "pushed", "rejected", "deleted"],
        Note(
            "`pending` waits to be pushed; `rejected` waits to be changed, or for a full sync; "
            "`deleted` is deleted in Lark too once `pushedVersion` is `version`."
        ),
    ]
    rejected: Annotated[SyncError | None, Note("Why Lark refuses it.")]
    updatedAt: Moment


class RowPage(TypedDict):
    items: list[ShownMirrorRow | ShownSourceRow]
    cursor: Cursor


class SyncRequested(TypedDict):
    table: str
    requested: Literal["full", "incremental"]


class SyncReport(TypedDict):
    number: Count
    mode: Literal["full", "incremental"]
    startedAt: Moment
    endedAt: Moment
    read: Annotated[Count, Note("Lark's records.")]
    written: Annotated[Count, Note("Rows that had changed, or that Lark has to be told of again.")]
    deleted: Annotated[Count, Note("Rows whose record is gone in Lark.")]
    quarantined: NotRequired[Annotated[Count, Note("Of a mirrored table: records that did not fit.")]]
    strangers: NotRequired[
        Annotated[Count, Note("Of a SOURCE table: records that are no row of ours; left alone.")]
    ]


class Subscribed(TypedDict):
    ok: Literal[True]
    at: Moment


class SubscriptionError(SyncError):
    ok: Literal[False]


class Drift(TypedDict):
    kind: Annotated[
        Literal["renamed", "removed", "retyped"],
        Note("A renamed column is used by its new name, the others are not used."),
    ]
    field: str
    fieldId: Annotated[str, Note("Lark's id of the column.")]
    was: Annotated[str, Note("Its name or type in `tables.toml`.")]
    now: Annotated[str, Note("Its name or type in Lark; empty when it was removed.")]


class MirrorCounts(TypedDict):
    rows: Annotated[Count | None, Note("Lark's records in the last full sync.")]
    quarantined: Annotated[Count, Note("Rows whose record does not fit its types.")]


class SourceCounts(TypedDict):
    waiting: Count
    rejected: Annotated[Count, Note("Rows that Lark has refused; see each for the reason.")]


class Suspicion(TypedDict):
    reason: str
    at: Moment


class UnderWay(TypedDict):
    mode: Literal["full", "incremental"]
    startedAt: Moment
    read: Count
    total: Count


class ShownTable(TypedDict):
    name: str
    role: Annotated[str, Note("MIRROR: Lark is authoritative. SOURCE: we are.", enum=[*Role])]
    connected: Annotated[bool, Note("Whether LARK_TABLES names it.")]
    key: Annotated[str | None, Note("The field that says which row a record is.")]
    deletions: Annotated[str, Note("What follows when a record is deleted in Lark.", enum=[*Deletions])]
    everyMinutes: Annotated[Count | None, Note("Null for a SOURCE table: changes are pushed at once.")]
    lastSync: Annotated[Moment | None, Note("The end of the last pull that succeeded; the last push.")]
    lagSeconds: Annotated[
        Count | None,
        Note(
            "MIRROR: since the last pull that succeeded began. SOURCE: since the row that waits longest "
            "was changed."
        ),
    ]
    counts: MirrorCounts | SourceCounts
    lastFull: Annotated[SyncReport | None, Note("What the last full sync did.")]
    drift: Annotated[list[Drift], Note("How Lark's columns differ from `tables.toml`.")]
    suspicious: Annotated[
        Suspicion | None,
        Note("Why the last full sync believed no deletion; a sync with `acceptDeletions` does."),
    ]
    lastError: Annotated[SyncError | None, Note("Null once a sync has succeeded.")]
    nextRunAt: Annotated[Moment | None, Note("After a failure: no run before then, unless one is asked for.")]
    requested: Annotated[
        Literal["full", "incremental", None], Note("What has been asked for and has not begun.")
    ]
    underWay: UnderWay | None
    subscription: (
        Annotated[
            Subscribed | SubscriptionError,
            Note("Whether Lark reports changes as they happen; without that the schedule is all there is."),
        ]
        | None
    )


class ShownTables(TypedDict):
    items: list[ShownTable]
