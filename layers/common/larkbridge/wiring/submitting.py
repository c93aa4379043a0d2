"""The public forms."""

from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from larkbridge.apigateway import Served
from larkbridge.aws import Secrets
from larkbridge.forms.address_limits import AddressLimits
from larkbridge.forms.attachment import Attachments
from larkbridge.forms.feed import form_feed
from larkbridge.forms.form import Form
from larkbridge.forms.submit import Submit
from larkbridge.pages.form_endpoint import form_endpoint
from larkbridge.pages.signed_links import KEY_SETTING
from larkbridge.settings import SubmitFormSettings
from larkbridge.store.deliveries import DeliveryStore
from larkbridge.store.destinations import DestinationStore
from larkbridge.targets.lark_form import LarkForm
from larkbridge.wiring.form_sending import form_sending
from larkbridge.wiring.parts import Parts
from larkbridge.work.attempts import Gate

if TYPE_CHECKING:
    from larkbridge.forms.turnstile import Turnstile
    from larkbridge.pages.file_step import FileSteps
    from larkbridge.pages.form_pages import FormPages


def submit_form(
    form: type[Form], settings: SubmitFormSettings | None = None, parts: Parts | None = None
) -> Callable[..., dict[str, Any]]:
    """Return the Lambda handler that takes a form."""
    settings, parts = settings or SubmitFormSettings(), parts or Parts()
    sending = form_sending(settings.submissions, parts)
    gate = Gate(DestinationStore(settings.submissions.destinations_table), LarkForm.destination)
    feed = form_feed(form.form_type, settings.feeds, parts.clock)
    uploads = settings.uploads
    limits = AddressLimits(settings.limits, partial(sending.secrets.first, KEY_SETTING))

    def more() -> Iterator[Served[Any]]:
        if "attachment_id" in form.model_fields:
            from larkbridge.wiring.uploading import file_uploads  # only who uploads a file needs it

            yield file_uploads(form, settings, limits, parts.clock)

    attachments = Attachments(DeliveryStore(uploads.deliveries_table), uploads.public_url)
    submit = Submit(
        form,
        sending.submissions,
        sending.attempts,
        gate,
        parts.clock,
        attachments,
        feed,
        limits=limits,
        turnstile=_turnstile(settings, parts, sending.secrets) if settings.pages.turnstile_site_key else None,
        traces_table=settings.traces_table,
    )

    @cache
    def pages() -> "FormPages":
        from larkbridge.pages.form_pages import FormPages  # for browsers only
        from larkbridge.store.marketing_consent import MarketingConsentStore

        def steps() -> "FileSteps":
            from larkbridge.wiring.uploading import file_steps  # only who sends a file needs it

            return file_steps(settings, attachments, parts.clock)

        return FormPages(
            form,
            submit,
            settings.pages,
            settings.allowed_origins,
            partial(sending.secrets.all, KEY_SETTING),
            parts.clock,
            steps,
            MarketingConsentStore(sending.submissions, settings.traces_table),
        )

    return form_endpoint(form, submit, more, pages)


def _turnstile(settings: SubmitFormSettings, parts: Parts, secrets: Secrets) -> "Turnstile":
    from larkbridge.forms.turnstile import SECRET_SETTING, Turnstile  # where it is switched on

    return Turnstile(settings.turnstile_origin, partial(secrets.first, SECRET_SETTING), parts.impatient_http)
