"""A form that is open in two tabs and sent from both is one submission, though each tab has a key of its own.

The count of an address remembers which forms came from it in this window, in a few slots: who writes first
into one keeps it. That costs no request more.
"""

from typing import NamedTuple, Self

from larkbridge.store.submissions import Submission, SubmissionStore

_SLOTS = 16
_LENGTH = 24
"""Characters of the content's hash: 96 bits."""


class Slot(NamedTuple):
    """Where an address's form is remembered, and as what: by its content and its id."""

    name: str
    value: str

    @classmethod
    def of(cls, content_hash: str, submission_id: str) -> Self:
        """Return the slot of a form."""
        number = int(content_hash[:8], 16) % _SLOTS
        return cls(f"twin{number}", f"{content_hash[:_LENGTH]} {submission_id}")

    def twin(self, before: str, store: SubmissionStore) -> Submission | None:
        """Return the submission with the same content that was in the slot before.

        None for one that is held or has been replaced: it may never be sent. None too where there is none.
        """
        content = self.value[:_LENGTH]
        if before == self.value or not before.startswith(content):
            return None
        found = store.get(before[_LENGTH + 1 :])
        if found is None or not found.content_hash.startswith(content):  # its key had other content before
            return None
        return None if found.held_for or found.replaced_by else found
