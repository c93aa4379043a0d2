"""The StoredFiles table: one item per file that somebody was let upload; its bytes are in the bucket.

Keys: `fileId`. TTL on `expiresAt` tidies up what nobody has claimed, and what is removed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from larkbridge.clock import from_text, to_text
from larkbridge.errors import ConditionFailedError
from larkbridge.ids import new_file_id
from larkbridge.store.codec import decode, encode
from larkbridge.store.table import Action, Table
from larkbridge.store.transactions import transact

PENDING_FOR = timedelta(days=2)
"""The bucket empties `pending/` every midnight (UTC) of what is a day old: by then nothing is left."""
REMOVED_FOR = timedelta(days=30)
"""So long is remembered that a file was removed."""


class FileStatus(StrEnum):
    PENDING = "pending"
    """It may have been uploaded; nobody has looked at it."""
    KEPT = "kept"
    REJECTED = "rejected"
    """It is not what was announced, or it never came."""
    REMOVED = "removed"
    LOST = "lost"
    """It was not looked at while it was there. What is stored is `pending`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """One file.

    `submissions` are those that it belongs to: the one that it was handed out for, and its corrections.
    `media_type` and `size` are what was announced, empty and None where nothing was, until the file is kept.
    From `uploads_until` on nobody can upload it any more.
    """

    file_id: str
    created_at: str
    uploads_until: str
    status: FileStatus = FileStatus.PENDING
    submissions: list[str] = field(default_factory=list)
    name: str = ""
    media_type: str = ""
    size: int | None = None
    reason: str | None = None
    revoked_at: str | None = None
    expires_at: int | None = None

    @property
    def pending_key(self) -> str:
        """Where it is uploaded to."""
        return f"pending/{self.file_id}"

    @property
    def key(self) -> str:
        """Where it is kept."""
        return f"files/{self.file_id}"

    def status_at(self, now: datetime) -> FileStatus:
        """Return its status; what has been pending for longer than the bucket keeps it is lost."""
        is_late = now >= from_text(self.created_at) + PENDING_FOR
        return FileStatus.LOST if is_late and self.status is FileStatus.PENDING else self.status


def new_file(
    now: datetime,
    uploads_until: datetime,
    *,
    submission_id: str | None = None,
    name: str,
    media_type: str = "",
    size: int | None = None,
) -> StoredFile:
    """Return a file that somebody may upload, under an id that nobody can guess."""
    return StoredFile(
        file_id=new_file_id(),
        created_at=to_text(now),
        uploads_until=to_text(uploads_until),
        submissions=[submission_id] if submission_id else [],
        name=name,
        media_type=media_type,
        size=size,
        expires_at=int((now + PENDING_FOR).timestamp()),
    )


class FileStore:
    """Every access to the StoredFiles table."""

    def __init__(self, table_name: str) -> None:
        self._table = Table(table_name)

    def get(self, file_id: str) -> StoredFile | None:
        """Return a file, read consistently."""
        record = self._table.get({"fileId": file_id})
        return decode(StoredFile, record) if record else None

    def add(self, file: StoredFile, actions: Sequence[Action] = ()) -> None:
        """Store a new file, and do what belongs to it or neither, in one request.

        Raises
        ------
        TransactionRefusedError
            When the condition of one of the `actions` does not hold; the file's own is the first reason.
        """
        transact([self._table.put_action(encode(file), "fileId"), *actions])

    def claim(self, file: StoredFile) -> bool:
        """Remember a pending file for good, since a form has it; False when it is not pending any more."""
        return self._change(file, {"status": FileStatus.PENDING, "expiresAt": None}, FileStatus.PENDING)

    def keep(self, file: StoredFile, media_type: str, size: int) -> bool:
        """Note that a pending file is in its place; False when it is not pending any more."""
        kept = {"status": FileStatus.KEPT, "mediaType": media_type or None, "size": size, "expiresAt": None}
        return self._change(file, kept, FileStatus.PENDING)

    def reject(self, file: StoredFile, reason: str) -> bool:
        """Note why a pending file is not kept; False when it is not pending any more."""
        rejected = {"status": FileStatus.REJECTED, "reason": reason, "expiresAt": None}
        return self._change(file, rejected, FileStatus.PENDING)

    def share(self, file: StoredFile, submission_id: str) -> StoredFile:
        """Let a file belong to one more submission.

        Raises
        ------
        ConditionFailedError
            When somebody else let it belong to another one meanwhile.
        """
        if submission_id in file.submissions:
            return file
        shared = [*file.submissions, submission_id]
        write = self._table.update_action(
            {"fileId": file.file_id},
            {"submissions": shared},
            condition="#submissions = :seen",
            values={":seen": file.submissions},
        )
        self._table.write(write)
        return replace(file, submissions=shared)

    def remove(self, file: StoredFile, now: datetime) -> None:
        """Note that a file's bytes are to go, before they do, whatever else is becoming of it."""
        expires_at = int((now + REMOVED_FOR).timestamp())
        self._change(file, {"status": FileStatus.REMOVED, "name": None, "expiresAt": expires_at})

    def revoke(self, file: StoredFile, now: datetime) -> None:
        """Let no signed link open a file any more."""
        self._change(file, {"revokedAt": to_text(now)})

    def _change(self, file: StoredFile, changes: dict[str, Any], seen: FileStatus | None = None) -> bool:
        """Change a file that is there still, and only in the status `seen` if there is one."""
        condition = "#status = :seen" if seen else "attribute_exists(fileId)"
        values = {":seen": seen} if seen else None
        write = self._table.update_action(
            {"fileId": file.file_id}, changes, condition=condition, values=values
        )
        try:
            self._table.write(write)
        except ConditionFailedError:
            return False
        return True
