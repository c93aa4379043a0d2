"""Writes what follows from the forms: `python -m tools.forms`.

That is the sample that Lark's workflow is set up with, the README's table, and the sample events of a form
that has none yet.
"""

import base64
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from larkbridge.forms.catalogue import FORMS
from larkbridge.forms.form import Form
from larkbridge.pages.questions import DATE_PARTS
from sandbox.samples import filled_in

PROJECT = Path(__file__).parents[1]
README = PROJECT / "README.md"
WORKFLOW_SAMPLE = PROJECT / "docs" / "lark-workflow-sample.json"
TODAY = date(2026, 11, 22)
"""The examples' present."""

_TABLE = re.compile(r"(?<=\n\|---\|---\|---\|\n)(?:\| `/.*\n)+")
_SUBMITTED = {
    "submittedAt": "2026-11-22T02:00:00.000Z",
    "submissionId": "6f1c1d1e-7f5b-4c0e-9a55-0f7f3c1f2a10",
    "replaces": "",
    "attachmentLink": "",
    "resend": "",
}
_FILE = {
    "submissionKey": "3f0c9a1e-7d54-4b3a-9c1f-5b2a6e8d4f10",
    "name": "đơn.pdf",
    "type": "application/pdf",
    "size": 209,
}


def workflow_sample() -> str:
    """Return one document with every field that Lark receives of any form."""
    sample: dict[str, Any] = {"formType": FORMS[0].form_type, **_SUBMITTED}
    for form in FORMS:
        filled = form.model_validate(filled_in(form, optional=True), context={"today": TODAY})
        sample |= filled.to_fields()
    return _as_text(sample)


def readme() -> str:
    """Return the README with a row for each form."""
    return _TABLE.sub(lambda _: "".join(map(_row, FORMS)), README.read_text(), count=1)


def sample_events(form: type[Form]) -> Iterator[tuple[Path, str]]:
    """Yield the sample events that a form lacks, each with its file."""
    folder = PROJECT / "events" / function_of(form)
    sent = {
        "happy": json.dumps(filled_in(form), ensure_ascii=False, separators=(",", ":")),
        "html_form": urlencode(_as_browsers_send(filled_in(form, optional=True))),
        "page": urlencode(_as_typed(filled_in(form, optional=True))),
        "invalid": json.dumps({"parentPhone": "12345", "consent": False}),
    }
    if "attachment_id" in form.model_fields:
        sent["file"] = json.dumps(_FILE, ensure_ascii=False, separators=(",", ":"))
    for case, body in sent.items():
        if not (file := folder / f"{case}.json").exists():
            yield file, _as_text(_event(form, case, body))
    for sample in (_page_sample, _confirmation_sample, _withdrawal_sample):
        if not (file := sample(form)).exists():
            yield file, sample(FORMS[0]).read_text().replace(FORMS[0].path, form.path)
    step = folder / "file_step.json"
    if "attachment_id" in form.model_fields and not step.exists():
        confirmation = _confirmation_sample(FORMS[0]).read_text()
        yield step, confirmation.replace(f"{FORMS[0].path}/da-gui", f"{form.path}/tep")


def _page_sample(form: type[Form]) -> Path:
    return PROJECT / "events" / "serve_pages" / f"{form.form_type.name.lower()}.json"


def _confirmation_sample(form: type[Form]) -> Path:
    return PROJECT / "events" / function_of(form) / "confirmation.json"


def _withdrawal_sample(form: type[Form]) -> Path:
    return _confirmation_sample(form).with_name("withdrawal.json")


def function_of(form: type[Form]) -> str:
    """Return the folder of the function that takes a form."""
    apps = (PROJECT / "functions").glob("*/app.py")
    (folder,) = (app.parent.name for app in apps if f"submit_form({form.__name__})" in app.read_text())
    return folder


def _event(form: type[Form], case: str, body: str) -> dict[str, Any]:
    """Return a neighbour's event with another route and body."""
    neighbour = FORMS[0]
    is_file = case == "file"
    sample = "happy" if is_file else case
    text = (PROJECT / "events" / function_of(neighbour) / f"{sample}.json").read_text()
    event = json.loads(text.replace(neighbour.path, f"{form.path}/tep" if is_file else form.path))
    event["headers"]["content-length"] = str(len(body.encode()))
    encoded = event["isBase64Encoded"]
    return event | {"body": base64.b64encode(body.encode()).decode() if encoded else body}


def _as_browsers_send(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: "on" if value is True else value for name, value in fields.items()}


def _as_typed(fields: dict[str, Any]) -> dict[str, Any]:
    """Return what a page of ours posts, on which a date has three fields."""
    typed: dict[str, Any] = {}
    for name, value in _as_browsers_send(fields).items():
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            day = date.fromisoformat(value)
            typed |= {f"{name}-{part}": getattr(day, part) for part in DATE_PARTS}
        else:
            typed[name] = value
    return typed


def _row(form: type[Form]) -> str:
    own = [field for name, field in form.model_fields.items() if name not in Form.model_fields]
    names = " ".join(f"`{field.alias}{'*' if field.is_required() else ''}`" for field in own)
    return f"| `{form.path}` | `{form.form_type}` | {names} |\n"


def _as_text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    WORKFLOW_SAMPLE.write_text(workflow_sample())
    README.write_text(readme())
    for form in FORMS:
        for file, text in sample_events(form):
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
            print(f"wrote {file}")
