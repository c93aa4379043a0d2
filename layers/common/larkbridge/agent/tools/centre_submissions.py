"""What became of the forms that parents filled in."""

import itertools
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from larkbridge.agent.tools.centre_access import COUNTED, LOOKED_UP, SHOWN, centre_tool, progress
from larkbridge.agent.tools.local_time import DAY, Day, day_of, midnight, stored
from larkbridge.agent.tools.redaction import Redactor
from larkbridge.agent.tools.tool import Arguments, Asker, Tool, ToolError
from larkbridge.clock import to_text
from larkbridge.routes import Scope
from larkbridge.store.audit_entries import AuditEntry, AuditStore
from larkbridge.store.submissions import STATUSES, FormType, Submission, SubmissionStore
from larkbridge.store.work import Status
from larkbridge.text import plain

_NOT_SENT = (Status.PENDING, Status.SENDING, Status.FAILED, Status.DEAD, Status.HELD)

type _State = Literal[
    "not_sent", "pending", "sending", "sent", "failed", "dead", "held", "discarded", "replaced"
]


class FormsAsked(Arguments):
    form: Annotated[FormType | None, Field(description="Only this form; all of them without it.")] = None
    state: Annotated[
        _State | None,
        Field(
            description=(
                "Only those in this state. not_sent: everything that Lark does not have and still should. "
                "pending, sending: on its way; failed: tried again by itself; dead: given up, a person has "
                "to send it again; held: perhaps by a robot, a person has to release it; sent: Lark has it; "
                "discarded: never to be sent; replaced: the parent has sent a corrected one."
            )
        ),
    ] = None
    from_day: Annotated[Day | None, Field(description="Only those of this day or later.")] = None
    to_day: Annotated[Day | None, Field(description="Only those of this day or earlier.")] = None


class PhoneAsked(Arguments):
    phone: Annotated[
        str, Field(description="The parent's phone number as the person wrote it.", max_length=40)
    ]


class Forms:
    """Reads the Submissions table."""

    def __init__(self, submissions: SubmissionStore, audit: AuditStore) -> None:
        self._submissions = submissions
        self._audit = audit

    def tools(self, staff_chats: Collection[str]) -> tuple[Tool, ...]:
        """Return the tools."""
        return (
            centre_tool(
                "submissions",
                "Forms that parents filled in: how many by form and state, and the newest ones with their "
                "state. For 'ai chưa được gửi?' ask with the state not_sent. Take numbers from here only.",
                FormsAsked,
                self._listed,
                needs=Scope.READ,
                staff_chats=staff_chats,
            ),
            centre_tool(
                "submissions_of_phone",
                "One parent's forms by phone number, newest first. That it was asked is recorded.",
                PhoneAsked,
                self._of_phone,
                needs=Scope.PEOPLE,
                staff_chats=staff_chats,
            ),
        )

    def _listed(self, asker: Asker, asked: FormsAsked) -> dict[str, Any]:
        """Count and show, newest first; at most 20 requests and one for each hundred of 2,000 entries."""
        statuses = _statuses(asked.state)
        forms = tuple(FormType) if asked.form is None else (asked.form,)
        if asked.from_day and asked.to_day and day_of(asked.from_day) > day_of(asked.to_day):
            raise ToolError("from_day is after to_day: ask which days are meant.")
        since = to_text(midnight(day_of(asked.from_day))) if asked.from_day else ""
        before = to_text(midnight(day_of(asked.to_day)) + DAY) if asked.to_day else None
        found = self._submissions.listed(forms, statuses, before)
        recent = itertools.takewhile(lambda one: one.sort_key >= since, found)
        looked_at = list(itertools.islice(recent, COUNTED))
        is_whole = len(looked_at) < COUNTED or next(recent, None) is None
        matching = [one for one in looked_at if one.status in statuses]
        return {
            "count": len(matching),
            "complete": is_whole,
            "byForm": _by_form(matching),
            **_shown(matching, Redactor(asker)),
        } | ({} if is_whole else {"note": f"Only the newest {COUNTED} were looked at: narrow the question."})

    def _of_phone(self, asker: Asker, asked: PhoneAsked) -> dict[str, Any]:
        """Show one parent's forms, once it is noted who asked; two requests."""
        from larkbridge.forms.fields import e164  # its list of the world's numbers takes time, and few ask

        try:
            phone = e164(plain(asked.phone))
        except ValueError:
            raise ToolError("This is no phone number: ask for it again.") from None
        found = list(itertools.islice(self._submissions.of_phone(phone, SHOWN + 1), SHOWN + 1))
        self._audit.add(
            AuditEntry(
                at=asker.now,
                who=asker.turn.open_id,
                what=LOOKED_UP,
                subject=found[0].submission_id if found else "nobody",
                count=len(found[:SHOWN]),
            )
        )
        shown = _shown(found[:SHOWN], Redactor(asker))["newest"]
        return {"newest": shown, "thereAreMore": len(found) > SHOWN}


def _statuses(state: str | None) -> Sequence[Status]:
    if state is None:
        return STATUSES
    return _NOT_SENT if state == "not_sent" else (Status(state),)


def _by_form(found: list[Submission]) -> dict[str, dict[str, int]]:
    counts = Counter((str(one.form_type), str(one.status)) for one in found)
    forms = sorted({form for form, _ in counts})
    return {form: {state: n for (of, state), n in sorted(counts.items()) if of == form} for form in forms}


def _shown(found: list[Submission], redactor: Redactor) -> dict[str, Any]:
    newest = [_form(one, redactor) for one in found[:SHOWN]]
    return {"newest": newest, "more": len(found) - len(newest)}


def _form(one: Submission, redactor: Redactor) -> dict[str, Any]:
    return {
        "submissionId": one.submission_id,
        "form": one.form_type,
        "submitted": stored(one.submitted_at),
        "parent": redactor.text(one.contact_name),
        "phone": redactor.phone(one.contact_phone),
        **progress(one, redactor, is_larks=True),
        **({"sent": stored(one.sent_at)} if one.sent_at else {}),
        **({"heldFor": one.held_for} if one.status == Status.HELD and one.held_for else {}),
    }
