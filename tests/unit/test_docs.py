"""The documents name everything that a user can meet, and nothing that is not there."""

import ast
import itertools
import json
import re
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from larkbridge.forms.catalogue import FORMS
from larkbridge.forms.form import Form
from larkbridge.lark.error_codes import HTTP_STATUSES, known_codes
from larkbridge.private_secrets import PRIVATE_SECRETS
from larkbridge.work.outcome import Verdict
from larkbridge.work.policy import WAITS
from sandbox.parameters import setting_name
from sandbox.secrets import SECRETS
from tests.support.template import ROOT, resources, template
from tools.forms import WORKFLOW_SAMPLE, readme, sample_events, workflow_sample

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
README = (ROOT / "README.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
LAYOUT = ARCHITECTURE.partition("layers/common/larkbridge/\n")[2].partition("\nevents/")[0]
LAYER = ROOT / "layers" / "common" / "larkbridge"
SOURCES = [
    path.relative_to(ROOT).as_posix()
    for folder in ("bench", "functions", "layers", "sandbox", "tests", "tools")
    for path in (ROOT / folder).rglob("*.py")
]
_Definition = ast.ClassDef | ast.FunctionDef
MADE_UP = ("acme", "withdrawal")
"""A provider and a form that the documents show how to add."""

OURS_TO_MEND = {
    "bad_body",
    "bad_card",
    "bad_client_token",
    "bad_field_names",
    "bad_filter",
    "bad_parameter",
    "client_token_conflict",
    "empty_value",
    "message_recalled",
    "refresh_token_invalid",
}
"""What a correct call is never answered."""


def table_rows(text: str) -> set[str]:
    """Return the code-formatted first cells of all tables' rows."""
    return {
        name for row in re.findall(r"^\| (`[^|]*`) \|", text, re.M) for name in re.findall(r"`([^`]+)`", row)
    }


def test_every_setting_is_in_the_readme() -> None:
    declared = {setting_name(name) for name in template()["Parameters"]} | set(SECRETS)
    assert declared <= table_rows(README)


def test_a_private_secret_is_called_one_in_the_readme_and_no_other_is() -> None:
    kinds = dict[str, str]()
    for names, kind in re.findall(r"^\| (`[A-Z][^|]*`)[^|]* \| ([^|]*) \|", README, re.M):
        kinds |= dict.fromkeys(re.findall(r"`([^`]+)`", names), kind)
    private = {name for name, kind in kinds.items() if kind.startswith("private secret")}
    assert private == set(PRIVATE_SECRETS) & kinds.keys()
    assert set(PRIVATE_SECRETS) & set(SECRETS) <= private


def test_every_alarm_has_a_row_and_every_row_an_alarm() -> None:
    alarms = resources("AWS::CloudWatch::Alarm").keys()
    documented = {name for name in table_rows(OPERATIONS) if name.endswith("Alarm")}
    found = {name: [alarm for alarm in alarms if fnmatchcase(alarm, name)] for name in documented}
    assert sorted(itertools.chain(*found.values())) == sorted(alarms)
    assert [name for name, matching in found.items() if not matching] == []


def test_every_reason_that_can_be_mended_is_explained() -> None:
    known = {*known_codes().values(), *HTTP_STATUSES.values()}
    failed = {
        meaning.reason
        for meaning in known
        if meaning.verdict in (Verdict.RETRY, Verdict.REJECT) and not meaning.reason.startswith("http_")
    }
    assert failed - OURS_TO_MEND <= table_rows(OPERATIONS)


def test_waits_between_attempts_are_the_ones_that_are_printed() -> None:
    (printed,) = re.findall(r"waits are drawn between zero and (.*?) …", ARCHITECTURE, re.S)
    minutes = [float(one) for one in re.findall(r"([\d.]+) min", printed)]
    assert len(minutes) == 3
    assert minutes == [wait.total_seconds() / 60 for wait in WAITS[:3]]


def test_every_make_target_in_the_documents_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    text = "\n".join(document.read_text() for document in DOCUMENTS)
    commands = re.findall(r"(?:^|`)make ([a-z-]+)", text, re.M)
    assert set(commands) <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_inside_the_project_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_module_in_the_documents_exists(document: Path) -> None:
    named = {name.lstrip("./") for name in re.findall(r"(?<![\w/.])[\w./-]+\.py\b", document.read_text())}
    ours = {name for name in named if not any(word in name for word in MADE_UP)}
    assert {name for name in ours if not any(f"/{path}".endswith(f"/{name}") for path in SOURCES)} == set()


def test_ways_through_the_modules_name_what_is_defined_there() -> None:
    rows = re.findall(r"^\| `([\w/]+\.py)` \| `([\w.]+)` \|", ARCHITECTURE, re.M)
    assert len(rows) > 20
    assert [row for row in rows if row[1] not in _defined(LAYER / row[0])] == []


def _defined(module: Path) -> set[str]:
    """Return the names of a module's classes, functions and methods, with their class's."""
    top = [node for node in ast.parse(module.read_text()).body if isinstance(node, _Definition)]
    inside = [
        f"{holder.name}.{node.name}"
        for holder in top
        for node in holder.body
        if isinstance(node, _Definition)
    ]
    return {node.name for node in top} | {*inside}


def test_layout_has_every_room_and_every_module_beside_them() -> None:
    rooms = {path.parent.relative_to(LAYER).as_posix() for path in LAYER.rglob("*.py")} - {"."}
    assert set(re.findall(r"^    ([\w/]+)/ ", LAYOUT, re.M)) == rooms
    beside = LAYOUT.partition("    store/ ")[0]
    assert set(re.findall(r"\w+\.py", beside)) == {path.name for path in LAYER.glob("[!_]*.py")}


def test_arrows_are_the_ones_that_are_checked() -> None:
    (checked, *_) = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [
        {name.removeprefix("larkbridge.") for name in layer.split(" | ")} for layer in checked["layers"]
    ]
    (told,) = re.findall(r"^Arrows point one way.*?```\n(functions\n.*?)\n```", ARCHITECTURE, re.M | re.S)
    assert [set(names.split(", ")) for names in told.splitlines()] == [{"functions"}, *layers]


def test_what_follows_from_the_forms_is_up_to_date() -> None:
    assert (WORKFLOW_SAMPLE.read_text(), README) == (workflow_sample(), readme()), "run `make openapi`"
    assert [file for form in FORMS for file, _ in sample_events(form)] == [], "run `make openapi`"


def test_workflow_sample_has_every_field_of_every_form() -> None:
    names = {"formType", "submittedAt", "submissionId", "replaces", "resend", "attachmentLink"}
    for form in FORMS:
        names |= {str(field.alias) for field in form.model_fields.values() if not field.exclude}
    assert json.loads(WORKFLOW_SAMPLE.read_text()).keys() == names


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_in_the_readme_with_its_own_fields(form: type[Form]) -> None:
    (row,) = re.findall(rf"^\| `{form.path}` \| `{form.form_type}` \| (.*) \|$", README, re.M)
    own = form.model_fields.keys() - Form.model_fields.keys()
    assert len(re.findall(r"`\w+\*?`", row)) == len(own)


def test_pictures_are_there_and_small() -> None:
    shown = {
        (document.parent / source).resolve()
        for document in DOCUMENTS
        for source in re.findall(r'<img src="([^"]+)"', document.read_text())
    }
    taken = set((ROOT / "docs" / "images").iterdir())
    assert shown
    assert shown <= taken
    assert sum(picture.stat().st_size for picture in taken) < 1_500_000
