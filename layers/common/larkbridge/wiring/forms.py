"""The public forms."""

from collections.abc import Callable
from typing import Any

from larkbridge.forms.endpoint import form_endpoint
from larkbridge.forms.feed import form_feed
from larkbridge.forms.form import Form
from larkbridge.forms.submit import Submit
from larkbridge.settings import Settings
from larkbridge.store.destinations import LARK_FORMS, DestinationStore
from larkbridge.wiring.outbox import submission_outbox
from larkbridge.wiring.parts import Parts
from larkbridge.work.circuit import Gate, KnownStates


def submit_form(
    form: type[Form], settings: Settings | None = None, parts: Parts | None = None
) -> Callable[..., dict[str, Any]]:
    """Return the Lambda handler that takes a form."""
    settings, parts = settings or Settings(), parts or Parts()
    outbox = submission_outbox(settings, parts)
    gate = Gate(KnownStates(DestinationStore(settings.destinations_table), parts.clock), LARK_FORMS)
    feed = form_feed(form.form_type, settings, parts.clock)
    submit = Submit(outbox.submissions, outbox.attempts, gate, parts.clock, feed)
    return form_endpoint(form, submit, parts.clock)
