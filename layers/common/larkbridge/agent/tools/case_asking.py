"""A parent's case that is to have another status and a note: a tool that asks.

It costs two requests for the form and its row beside what asking costs, and two calls of Lark's.
"""

from collections.abc import Collection
from typing import Annotated

from pydantic import Field

from larkbridge.agent.pending.in_words import moment_in_words, texts_of
from larkbridge.agent.pending.question_cards import Asking, Proposal
from larkbridge.agent.tools.centre_access import require_right
from larkbridge.agent.tools.parent_cases import SET_CASE, CasePlace, Cases
from larkbridge.agent.tools.redaction import MAX_TEXT, Redactor
from larkbridge.agent.tools.submission_asking import OneForm
from larkbridge.agent.tools.tool import Asker, Result, Tool, ToolError
from larkbridge.clock import from_text
from larkbridge.errors import NotConfiguredError
from larkbridge.forms.catalogue import form_of
from larkbridge.lark.api_error import RecordNotFoundError
from larkbridge.lark.client import LarkClient
from larkbridge.lark.contacts import Contacts
from larkbridge.lark.plain_values import ValueMismatchError
from larkbridge.routes import Scope
from larkbridge.store.pending_actions import Fact
from larkbridge.store.submissions import FormType, Submission, SubmissionStore
from larkbridge.text import line


class CaseAsked(OneForm):
    status: Annotated[
        str,
        Field(description="One of those that the tool names for this form.", min_length=1, max_length=100),
    ]
    note: Annotated[
        str,
        Field(
            description="What staff are to read later, in the person's own words.",
            min_length=1,
            max_length=MAX_TEXT,
        ),
    ]


class CaseAsking:
    """Asks before a case is changed."""

    def __init__(self, lark: LarkClient, submissions: SubmissionStore, cases: Cases, asking: Asking) -> None:
        self._contacts = Contacts(lark)
        self._submissions = submissions
        self._cases = cases
        self._asking = asking

    def tools(self, staff_chats: Collection[str]) -> tuple[Tool, ...]:
        """Return the tool, none where no table has cases; what it shows is as for a form that is moved."""
        statuses = self._cases.statuses()
        if not statuses:
            return ()

        def run(asker: Asker, asked: CaseAsked) -> Result:
            require_right(asker, Scope.WRITE)
            return self._asking.ask(asker, self._proposal(asker, asked, staff_chats))

        known = "; ".join(f"{form}: {', '.join(values)}" for form, values in sorted(statuses.items()))
        description = (
            "Ask the person to confirm that a parent's case gets a status and a note on the form's record in "
            f"Lark. It is written when they press, not before. The statuses by form: {known}."
        )
        return (Tool(SET_CASE, description, CaseAsked, run, Scope.WRITE),)

    def _proposal(self, asker: Asker, asked: CaseAsked, staff_chats: Collection[str]) -> Proposal:
        form = self._submissions.get(asked.submission_id)
        if form is None:
            raise ToolError("There is no such form: look with submissions.")
        note = line(asked.note)
        if not note:
            raise ToolError("The note is empty: ask what it should say.")
        place = self._place(form, asked.status)
        before = self._status(place, form)
        texts, redactor = texts_of(asker.turn), Redactor(asker)
        title = form_of(FormType(form.form_type)).title
        facts = [
            Fact(label=texts.labels["form"], text=title.label(texts.language)),
            Fact(label=texts.labels["parent"], text=form.contact_name),
            Fact(label=texts.labels["phone"], text=redactor.phone(form.contact_phone)),
            Fact(label=texts.labels["submitted"], text=moment_in_words(texts, from_text(form.submitted_at))),
            Fact(label=texts.labels["status_before"], text=before or texts.nothing),
            Fact(label=texts.labels["status"], text=asked.status),
            Fact(label=texts.labels["note"], text=note),
        ]
        arguments = {
            "submission_id": form.submission_id,
            "form_type": form.form_type,
            "status": asked.status,
            "before": before,
            "note": note,
            "name": line(self._contacts.get(asker.turn.open_id).name or asker.turn.open_id),
        }
        personal = asker.turn.chat_id not in staff_chats
        return Proposal(SET_CASE, arguments, facts, personal=personal)

    def _place(self, form: Submission, status: str) -> CasePlace:
        try:
            place = self._cases.place(form.form_type)
        except NotConfiguredError:
            place = None
        if place is None:
            raise ToolError("The cases of this form stand in no table: it cannot be done.")
        if status not in place.columns.values:
            raise ToolError(f"There is no such status. It is one of: {', '.join(place.columns.values)}.")
        return place

    def _status(self, place: CasePlace, form: Submission) -> str:
        try:
            status = self._cases.status(place, form.submission_id)
        except RecordNotFoundError:
            raise ToolError("The form's record is no longer in Lark: it cannot be done.") from None
        except ValueMismatchError:
            raise ToolError("The column of the status in Lark is of a type that cannot be set.") from None
        if status is None:
            raise ToolError("This form has no record in Lark's table: it cannot be done.")
        return status
