"""The file that comes with a form: where Lark finds it, and the work of keeping it."""

from collections.abc import Sequence
from datetime import datetime

from larkbridge.ids import is_file_id
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.submissions import Submission
from larkbridge.store.table import Action


class Attachments:
    """Knows what a form's file means for its submission; nothing here can refuse the form.

    Parameters
    ----------
    public_url
        Where people reach the API; empty for the domain that a request came to.
    """

    def __init__(self, deliveries: DeliveryStore, public_url: str) -> None:
        self._deliveries = deliveries
        self._public_url = public_url.rstrip("/")

    def link(self, file_id: str, domain: str) -> str:
        """Return where Lark finds a file, without the proof that opens it; empty for one that is not ours."""
        return f"{self.site(domain)}/files/{file_id}" if is_file_id(file_id) else ""

    def site(self, domain: str) -> str:
        """Return where people reach the API that a request came to under a domain."""
        return self._public_url or f"https://{domain}"

    def moves(self, submission: Submission, replaces: str | None, now: datetime) -> Sequence[Action]:
        """Return what is stored together with a submission, so that its file is looked at and kept."""
        from larkbridge.targets.file_move import new_file_move  # only what comes with a file needs it

        move = new_file_move(submission.file_id or "", submission.id, now, replaces=replaces or "")
        return [self._deliveries.put_action(move)]
