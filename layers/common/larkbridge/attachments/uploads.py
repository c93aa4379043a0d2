"""Lets parents upload a file for a form: a signed form for S3, and what is known of the file."""

from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from larkbridge.attachments.kinds import MAX_BYTES, Kind
from larkbridge.attachments.names import NAMELESS, plain_name
from larkbridge.clock import Clock
from larkbridge.errors import TransactionRefusedError
from larkbridge.store.bucket import Bucket, PostForm
from larkbridge.store.rate_limits import Limit, RateLimitStore, exceeded
from larkbridge.store.stored_files import FileStore, StoredFile, new_file
from larkbridge.store.transactions import CONDITION_FAILED

UPLOAD_FOR = timedelta(minutes=15)
FILES_PER_FORM, FILES_PER_ADDRESS = 3, 20


class Upload(NamedTuple):
    """A file that may be uploaded, and the form that does it."""

    file: StoredFile
    form: PostForm


class Uploads:
    """Hands out forms that upload one file each, for a quarter of an hour."""

    def __init__(self, files: FileStore, bucket: Bucket, limits: RateLimitStore, clock: Clock) -> None:
        self._files = files
        self._bucket = bucket
        self._limits = limits
        self._clock = clock

    def announced(self, submission_id: str, address: str, name: str, kind: Kind, size: int) -> Upload:
        """Hand out a form for a file of a known kind and size, in bytes; one request.

        Parameters
        ----------
        address
            What stands for whoever asks.

        Raises
        ------
        TooManyRequestsError
            For a fourth file of one form in a day, and for a 21st of one address in an hour.
        """
        now = self._clock.now()
        file = new_file(
            now,
            now + UPLOAD_FOR,
            submission_id=submission_id,
            name=plain_name(name, kind.ending),
            media_type=kind.media_type,
            size=size,
        )
        return self._handed_out(file, address, {"Content-Type": kind.media_type}, size, size)

    def unknown(self, file_id: str, submission_id: str, address: str, redirect: str) -> Upload:
        """Hand out a form for what a browser without JavaScript sends; raises as `announced` does.

        Parameters
        ----------
        redirect
            Where S3 sends the browser once it has the file.
        """
        now = self._clock.now()
        file = new_file(now, now + UPLOAD_FOR, submission_id=submission_id, name=NAMELESS)
        file = replace(file, file_id=file_id)
        return self._handed_out(file, address, {"success_action_redirect": redirect}, 1, MAX_BYTES)

    def _handed_out(
        self, file: StoredFile, address: str, fields: dict[str, str], least: int, most: int
    ) -> Upload:
        limits = (
            Limit(f"files-of-form:{file.submissions[0]}", FILES_PER_FORM, 24 * 3600),
            Limit(f"files-of-address:{address}", FILES_PER_ADDRESS, 3600),
        )
        now = self._clock.now()
        try:
            self._files.add(file, self._limits.actions(limits, now))
        except TransactionRefusedError as error:
            used_up = [
                limit
                for limit, reason in zip(limits, error.reasons[1:], strict=True)
                if reason == CONDITION_FAILED
            ]
            raise exceeded(used_up[0] if used_up else limits[0], now) from None
        seconds = int(UPLOAD_FOR.total_seconds())
        form = self._bucket.post_form(file.pending_key, fields, least=least, most=most, seconds=seconds)
        return Upload(file, form)
