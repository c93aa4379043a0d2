"""One filled-in form of each kind, of families that do not exist."""

from typing import Any

from larkbridge.forms.catalogue import FORMS as MODELS
from larkbridge.forms.form import Form
from larkbridge.shapes import Note


def filled_in(form: type[Form], *, optional: bool = False) -> dict[str, Any]:
    """Return the examples of a form's fields: of the required ones, or of all but the key."""
    fields = [
        one for one in form.model_fields.values() if one.is_required() or (optional and not one.exclude)
    ]
    return {str(field.alias): _example(field.metadata) for field in fields}


def _example(metadata: list[Any]) -> Any:
    (example,) = (note.members["examples"][0] for note in metadata if "examples" in _members(note))
    return example


def _members(one: Any) -> dict[str, Any]:
    return one.members if isinstance(one, Note) else {}


FORMS: dict[str, dict[str, Any]] = {form.form_type: filled_in(form) for form in MODELS}
ROUTES: dict[str, str] = {form.form_type: form.path for form in MODELS}
