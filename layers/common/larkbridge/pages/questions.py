"""What a page asks for: the fields of a form's model that a person fills in, in the order of the page."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from pydantic.fields import FieldInfo

from larkbridge.forms.asked import Asked
from larkbridge.forms.consent_texts import SHOWN, VERSIONS
from larkbridge.forms.fields import marks, normal_form
from larkbridge.forms.form import Form
from larkbridge.shapes import Note

PARTS = ("parent", "about", "agreement")
DATE_PARTS = ("day", "month", "year")
_AGREED = {"consent": "processing", "marketing_consent": "marketing"}
"""What the texts of a consent are called, by the field."""
_SHARED = {str(field.alias) for field in Form.model_fields.values()}
_INPUT_MODES = {"phone": "tel", "email": "email", "number": "numeric"}


class Question(NamedTuple):
    """One field of a page, in one language.

    Parameters
    ----------
    part
        Which part of the page it is in: `parent`, `about` or `agreement`.
    name
        As it is posted.
    typed_into
        `line`, `lines`, `phone`, `email`, `date`, `number`, `tick` or `file`.
    details
        What a tick agrees to, a paragraph each.
    longest
        So many characters at most, 0 for a field whose length needs no word.
    """

    part: str
    name: str
    typed_into: str
    label: str
    help: str
    required: bool
    autocomplete: str
    inputmode: str
    longest: int = 0
    details: tuple[str, ...] = ()

    @property
    def inputs(self) -> list[str]:
        """Return the names of its inputs, which are their ids too; an error leads to the first."""
        return [f"{self.name}-{part}" for part in DATE_PARTS] if self.typed_into == "date" else [self.name]


def questions(form: type[Form], language: str) -> list[Question]:
    """Return a form's questions, part by part; of those about it, what every form asks comes last."""
    asked = _asked(form, language)
    return sorted(asked, key=lambda one: (PARTS.index(one.part), one.name in _SHARED))


def _asked(form: type[Form], language: str) -> Iterator[Question]:
    for name, field in form.model_fields.items():
        if name in _AGREED:
            yield _consent(name, field, language)
        for asked in field.metadata:
            if isinstance(asked, Asked):
                yield _question(name, field, asked, language)


def _question(name: str, field: FieldInfo, asked: Asked, language: str) -> Question:
    typed_into = _typed_into(field)
    of_parent = name in Form.model_fields and typed_into != "lines"
    return Question(
        part="parent" if of_parent else "about",
        name=str(field.alias),
        typed_into=typed_into,
        label=asked.label(language),
        help=asked.help(language).replace("{example}", _example(field)),
        required=field.is_required(),
        autocomplete=asked.autocomplete,
        inputmode=_INPUT_MODES.get(typed_into, ""),
        longest=_longest(field) if typed_into == "lines" else 0,
    )


def _consent(name: str, field: FieldInfo, language: str) -> Question:
    texts, kind = VERSIONS[SHOWN][language], _AGREED[name]
    return Question(
        part="agreement",
        name=str(field.alias),
        typed_into=_typed_into(field),
        label=getattr(texts, kind),
        help="",
        required=True,  # the text itself says which is not
        autocomplete="",
        inputmode="",
        details=tuple(getattr(texts, f"{kind}_details").splitlines()),
    )


def _typed_into(field: FieldInfo) -> str:
    return normal_form(field.metadata, field.annotation).typed_into


def _example(field: FieldInfo) -> str:
    """Return a field's example as a person in Vietnam writes it."""
    (example,) = (note.members["examples"][0] for note in _notes(field) if "examples" in note.members)
    if _typed_into(field) != "date":
        return str(example)
    day = date.fromisoformat(example)
    return f"{day.day}/{day.month}/{day.year}"


def _notes(field: FieldInfo) -> Iterator[Note]:
    return (one for one in field.metadata if isinstance(one, Note))


def _longest(field: FieldInfo) -> int:
    lengths: list[Any] = [getattr(one, "max_length", None) for one in marks(field.metadata, field.annotation)]
    return next((length for length in lengths if length), 0)
