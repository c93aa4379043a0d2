"""Every form: that of a form type is in the module of its name, `HOLD` in hold.py."""

from importlib import import_module

from larkbridge.forms.form import Form
from larkbridge.store.submissions import FormType


def form_of(form_type: FormType) -> type[Form]:
    """Return the form of a type."""
    members = vars(import_module(f"{__package__}.{form_type.name.lower()}")).values()
    (form,) = (
        kind for kind in members if isinstance(kind, type) and issubclass(kind, Form) and kind is not Form
    )
    return form


FORMS: tuple[type[Form], ...] = tuple(map(form_of, FormType))
