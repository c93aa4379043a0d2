"""Makes pages with Jinja2: at build time, and when a form comes back to be corrected.

Jinja2 is imported for the first page: who posts a good form does not wait for it.
"""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from larkbridge.clock import from_text, shown
from larkbridge.forms.consent_texts import SHOWN
from larkbridge.forms.form import Form
from larkbridge.pages import prebuilt
from larkbridge.pages.page_texts import TEXTS, PageTexts
from larkbridge.pages.questions import Question, questions

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment
    from markupsafe import Markup

    from larkbridge.settings import PageSettings

TEMPLATES = "templates"
"""The folder of the templates beside this module, and of what they are compiled to in the built one."""


class Filled(NamedTuple):
    """A form as a person has filled it in.

    Parameters
    ----------
    values
        What was typed into each input, by the input's name; a date has three.
    errors
        What is wrong, by the field's name, in the language of the page.
    key, started_at, replaces
        The page's own hidden inputs.
    """

    values: Mapping[str, str]
    errors: Mapping[str, str]
    key: str
    started_at: str
    replaces: str = ""


def form_page(
    form: type[Form], language: str, settings: "PageSettings", filled: Filled, notice: str = ""
) -> str:
    """Return a form's page with what was typed: with errors, or with a notice why it is not sent."""
    html = form_template(environment(), form, language, filled, notice)
    marks = {"key": filled.key, "started_at": filled.started_at}
    return prebuilt.filled(html, settings, marks)


def already_sent_page(
    form: type[Form],
    language: str,
    settings: "PageSettings",
    filled: Filled,
    submission_id: str,
    submitted_at: str,
) -> str:
    """Return the page that asks whether a changed form is to be sent in place of the one before.

    Parameters
    ----------
    filled
        With the key of the new form, which `replaces` the one before.
    submission_id, submitted_at
        Of the one before.
    """
    html = rendered(
        environment(),
        "already-sent.html",
        language,
        form=form,
        filled=filled,
        answers=[(one, _answer(one, filled)) for one in questions(form, language)],
        number=submission_id,
        time=shown(from_text(submitted_at)),
    )
    return prebuilt.filled(html, settings, {"key": filled.key, "started_at": filled.started_at})


def file_page(
    form: type[Form],
    language: str,
    settings: "PageSettings",
    upload: tuple[str, Mapping[str, str]] | None,
    back_url: str,
) -> str:
    """Return the page that sends a file without a script: to the URL of `upload`, with its hidden inputs.

    Without an `upload` the page says that there were too many.
    """
    (asked,) = (one for one in questions(form, language) if one.typed_into == "file")
    html = rendered(environment(), "file-step.html", language, asked=asked, upload=upload, back_url=back_url)
    return prebuilt.filled(html, settings, {})


def form_template(
    templates: "Environment", form: type[Form], language: str, filled: Filled | None, notice: str = ""
) -> str:
    """Return a form's page with its marks; at build time nothing is filled in."""
    asked = questions(form, language)
    names = {one.name for one in asked}
    filled = filled or Filled({}, {}, "", "")
    return rendered(
        templates,
        "form.html",
        language,
        form=form,
        questions=asked,
        other_errors=[filled.errors[name] for name in filled.errors if name not in names],
        filled=filled,
        notice=notice,
        consent_version=SHOWN,
    )


def rendered(templates: "Environment", name: str, language: str, **values: Any) -> str:
    """Return a template's page in a language, with its marks."""
    return templates.get_template(name).render(language=language, texts=TEXTS[language], **values)


@cache
def environment() -> "Environment":
    """Return the templates as they were compiled when the layer was built."""
    from jinja2 import ModuleLoader

    return environment_of(ModuleLoader(f"{prebuilt.BUILT}/{TEMPLATES}"))


def environment_of(loader: "BaseLoader") -> "Environment":
    """Return an environment that escapes everything, for templates to be compiled and to be run."""
    from jinja2 import Environment, StrictUndefined

    templates = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    templates.filters["with_marks"] = _with_marks
    return templates


def _with_marks(text: str, texts: PageTexts) -> "Markup":
    """Return a text of ours, escaped, with marks where it says `{centre}` and `{contact}`."""
    from markupsafe import Markup, escape

    centre = Markup("<?centre_name><=centre_name><?><?!centre_name>{}<?>").format(texts.the_centre)
    contact = Markup("<?privacy_contact><=privacy_contact><?><?!privacy_contact>{}<?>").format(
        texts.ask_centre
    )
    return escape(text).replace("{centre}", centre).replace("{contact}", contact)


def _answer(question: Question, filled: Filled) -> str:
    return "/".join(filter(None, (filled.values.get(name, "") for name in question.inputs)))
