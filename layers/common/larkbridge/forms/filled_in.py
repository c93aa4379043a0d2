"""A form as it came in and was found to be good."""

from typing import Any, NamedTuple

from larkbridge.forms.robot_signs import Evidence
from larkbridge.forms.wording import Language
from larkbridge.http_exchange import Request


class FilledIn(NamedTuple):
    """A form that is good: its fields as Lark receives them, and the client's own idempotency key.

    `evidence` is what its page sent beside, from which it may show that a robot filled it in; `replaces` is
    the id of the submission that it corrects; `consent_version` is of the texts that its page showed, empty
    where that does not say.
    """

    fields: dict[str, Any]
    key: str | None
    evidence: Evidence = Evidence()
    replaces: str | None = None
    consent_version: str = ""


class Arrival(NamedTuple):
    """How a form came in, beside what was typed.

    Parameters
    ----------
    page
        The path of the page that it was typed on, empty for a caller that posts by itself.
    language
        `vi` or `en`: what that page was in.
    """

    request: Request
    page: str = ""
    language: Language = "vi"
