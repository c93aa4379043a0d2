"""Forms that are to go out again, or that are held and are to go out: tools that ask.

Each costs a request for the form beside what asking costs.
"""

from collections.abc import Collection
from typing import Annotated

from pydantic import Field

from larkbridge.agent.pending.in_words import moment_in_words, texts_of
from larkbridge.agent.pending.question_cards import Asking, Proposal
from larkbridge.agent.tools.centre_access import require_right
from larkbridge.agent.tools.redaction import Redactor
from larkbridge.agent.tools.submission_changes import RELEASE_FORM, RETRY_FORM
from larkbridge.agent.tools.tool import Arguments, Asker, Result, Tool, ToolError
from larkbridge.clock import from_text
from larkbridge.forms.catalogue import form_of
from larkbridge.routes import Scope
from larkbridge.store.pending_actions import Fact
from larkbridge.store.submissions import FormType, SubmissionStore
from larkbridge.store.work import Status

_STATES = {RETRY_FORM: (Status.FAILED, Status.DEAD), RELEASE_FORM: (Status.HELD,)}


class OneForm(Arguments):
    submission_id: Annotated[
        str, Field(description="As the tool submissions gives it.", pattern=r"^[A-Za-z0-9-]{1,100}$")
    ]


class SubmissionAsking:
    """Asks before a form is moved."""

    def __init__(self, submissions: SubmissionStore, asking: Asking) -> None:
        self._submissions = submissions
        self._asking = asking

    def tools(self, staff_chats: Collection[str]) -> tuple[Tool, ...]:
        """Return the tools; what they show is for the asker alone, but in the chats of staff."""

        def tool(name: str, description: str) -> Tool:
            def run(asker: Asker, asked: OneForm) -> Result:
                require_right(asker, Scope.RETRY)
                return self._asking.ask(asker, self._proposal(name, asker, asked, staff_chats))

            return Tool(name, description, OneForm, run, Scope.RETRY)

        return (
            tool(
                RETRY_FORM,
                "Ask the person to confirm that a form which has failed is sent to Lark again. It is sent "
                "when they press, not before.",
            ),
            tool(
                RELEASE_FORM,
                "Ask the person to confirm that a form which is held is let go and sent to Lark. It is sent "
                "when they press, not before.",
            ),
        )

    def _proposal(self, name: str, asker: Asker, asked: OneForm, staff_chats: Collection[str]) -> Proposal:
        found = self._submissions.get(asked.submission_id)
        if found is None:
            raise ToolError("There is no such form: look with submissions.")
        if found.status not in _STATES[name]:
            raise ToolError(f"This form is in the state '{found.status}': it cannot be done now.")
        texts, redactor = texts_of(asker.turn), Redactor(asker)
        title = form_of(FormType(found.form_type)).title
        facts = [
            Fact(label=texts.labels["form"], text=title.label(texts.language)),
            Fact(label=texts.labels["parent"], text=found.contact_name),
            Fact(label=texts.labels["phone"], text=redactor.phone(found.contact_phone)),
            Fact(
                label=texts.labels["submitted"],
                text=moment_in_words(texts, from_text(found.submitted_at)),
            ),
        ]
        return Proposal(
            name,
            {"submission_id": found.submission_id},
            facts,
            texts.warnings["send"],
            personal=asker.turn.chat_id not in staff_chats,
        )
