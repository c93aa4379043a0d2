"""Forms that go out again, or are held and go out: the moves of the admin API, once somebody has agreed.

The Audit table has a line for each. Letting a held form go brings about what any stored form does.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from larkbridge.agent.pending.agreed_change import Change, NotDoneError, Step
from larkbridge.clock import Clock, from_text
from larkbridge.errors import ConflictError
from larkbridge.forms.letting_go import LettingGo
from larkbridge.routes import Scope
from larkbridge.store.audit_entries import AuditEntry, AuditStore
from larkbridge.store.submissions import Submission, SubmissionStore
from larkbridge.targets.policies import SUBMISSION
from larkbridge.work import admin_moves
from larkbridge.work.moving import RETRY, Move, moved, requested

RETRY_FORM, RELEASE_FORM = "retry_submission", "release_submission"
CHAT = "chat"
"""Stands for the API key's name where somebody asked for a move in a chat."""


class FormMoves(NamedTuple):
    """What moving a form takes."""

    submissions: SubmissionStore
    audit: AuditStore
    letting_go: LettingGo
    clock: Clock


class SubmissionChanges:
    """Moves forms for a person who has agreed and may `retry`."""

    def __init__(self, moves: FormMoves) -> None:
        self._moves = moves

    def changes(self) -> Mapping[str, Change]:
        """Return what the tools do once somebody has agreed; none of it can be taken back."""
        release = Move[Submission]("release", "released", admin_moves.release, self._moves.letting_go)
        return {
            RETRY_FORM: Change(partial(self._move, RETRY), needs=Scope.RETRY),
            RELEASE_FORM: Change(partial(self._move, release), needs=Scope.RETRY),
        }

    def _move(self, move: Move[Any], step: Step) -> str:
        """Move a form, unless this very step has done so before, and note who did.

        A form knows who asked for its last move, and when: a press that comes again finds itself there.
        """
        submissions, audit, _, clock = self._moves
        who, at = step.action.asker, step.action.moved_at or step.action.asked_at
        asked = requested(move, at=at, key=CHAT, owner=who)
        submission = submissions.get(step.arguments["submission_id"])
        if submission is None:
            raise NotDoneError("no_submission")
        if submission.requested_by != asked:
            try:
                moved(submissions, submission, move, SUBMISSION, clock, asked)
            except ConflictError:
                raise NotDoneError("conflict") from None
        audit.add(
            AuditEntry(at=from_text(at), who=who, what=step.action.tool, subject=submission.submission_id)
        )
        return ""
