"""A registry that cannot be used is refused by table and field, in `make check` and at the start."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from larkbridge.lark.cell_formats import FieldType
from larkbridge.settings import SyncMirrorsSettings
from larkbridge.store.submissions import FormType
from larkbridge.sync.config.synced_table import Deletions, RegistryError, Role
from larkbridge.sync.config.table_registry import Registry, read_tables
from larkbridge.sync.table_sync import TableSync
from larkbridge.wiring.sync import sync_mirrors
from tests.support.tables import PLACES, TABLES
from tests.support.template import ROOT

CODE = '{ name = "code", id = "fldCode", column = "Mã lớp", type = "text" }'
MADE = '{ name = "made", id = "fldMade", column = "Tạo lúc", type = "created_time" }'

type Run = subprocess.CompletedProcess[str]


def mirror(fields: str = CODE, more: str = "") -> str:
    return f'[classes]\nrole = "MIRROR"\n{more}\nfields = [{fields}]\n'


def source(fields: str = CODE, more: str = 'key = "code"') -> str:
    return f'[classes]\nrole = "SOURCE"\n{more}\nfields = [{fields}]\n'


CASE = 'case = { status = "Tình trạng", note = "Ghi chú", values = ["Mới", "Đã gọi"] }'


def fed(more: str) -> str:
    return source(more=f'key = "code"\nfeed = "hold"\n{more}')


BAD = {
    "no role": ("[classes]\nfields = [" + CODE + "]", "classes.role must be one of SOURCE, MIRROR"),
    "wrong role": (mirror().replace("MIRROR", "COPY"), "classes.role must be one of SOURCE, MIRROR"),
    "role of another type": (mirror().replace('"MIRROR"', "[1]"), "classes.role must be"),
    "unknown type": (mirror(CODE.replace('"text"', '"words"')), "classes.code.type must be one of text,"),
    "name twice": (mirror(f"{CODE}, {CODE}"), "classes has the name code twice"),
    "id twice": (
        mirror(f"{CODE}, {CODE.replace('"code"', '"other"')}"),
        "classes has the id fldCode twice",
    ),
    "column twice": (
        mirror(f"{CODE}, {CODE.replace('"code"', '"other"').replace('fldCode', 'fldOther')}"),
        "classes has the column Mã lớp twice",
    ),
    "no id": (mirror(CODE.replace('id = "fldCode", ', "")), "classes.code needs id"),
    "empty id": (mirror(CODE.replace("fldCode", " ")), "classes.code needs id"),
    "no name": (mirror(CODE.replace('name = "code", ', "")), "classes.fields needs name"),
    "no column": (mirror(CODE.replace('column = "Mã lớp", ', "")), "classes.code needs column"),
    "no type": (mirror(CODE.replace(', type = "text"', "")), "classes.code needs type"),
    "type of another type": (mirror(CODE.replace('"text"', "1")), "classes.code needs type"),
    "strange field name": (mirror(CODE.replace('"code"', '"Mã"')), "classes.Mã is not a plain name"),
    "unknown part of a field": (mirror(CODE.replace("type", "kind = 1, type")), "classes.code.kind is not"),
    "field of another type": (mirror("1"), "classes.fields must hold tables"),
    "no fields": ('[classes]\nrole = "MIRROR"', "classes.fields must be a list of 1 to 200"),
    "empty fields": (mirror(""), "classes.fields must be a list of 1 to 200"),
    "more fields than Lark searches": (
        mirror(", ".join([CODE] * 201)),
        "classes.fields must be a list of 1 to",
    ),
    "strange table name": (mirror().replace("[classes]", "[Classes]"), "Classes must be a table"),
    "no table": ('classes = "MIRROR"', "classes must be a table with a plain name"),
    "unknown part": (mirror(more="colour = 1"), "classes.colour is not known"),
    "key without a field": (mirror(more='key = "id"'), "classes.key must name one of its fields"),
    "key of another type": (mirror(more="key = 1"), "classes.key must name one of its fields"),
    "key that is no text": (mirror(MADE, 'key = "made"'), "classes.key must name a field of type text"),
    "SOURCE without a key": (source(more=""), "classes.key must name one of its fields"),
    "SOURCE that reads": (source(f"{CODE}, {MADE}"), "classes.made cannot be written in Lark"),
    "SOURCE with a schedule": (
        source(more='key = "code"\nevery_minutes = 5'),
        "classes.every_minutes is for",
    ),
    "MIRROR with a feed": (mirror(more='feed = "student-info"'), "classes.feed is for SOURCE tables"),
    "unknown feed": (source(more='key = "code"\nfeed = "gossip"'), "classes.feed must be one of"),
    "policy of the other role": (
        mirror(more='deletions = "restore"'),
        "deletions must be one of mark, expire",
    ),
    "no minutes": (mirror(more="every_minutes = 0"), "classes.every_minutes must be 1 to 1440"),
    "too many minutes": (mirror(more="every_minutes = 1441"), "classes.every_minutes must be 1 to 1440"),
    "minutes that are no number": (mirror(more="every_minutes = true"), "classes.every_minutes must be"),
    "agent of a SOURCE table": (
        source(more='key = "code"\nagent = ["code"]'),
        "classes.agent is for MIRROR tables with a key",
    ),
    "agent without a key": (mirror(more='agent = ["code"]'), "classes.agent is for MIRROR tables with a key"),
    "agent of an unknown field": (
        mirror(more='key = "code"\nagent = ["code", "salary"]'),
        "classes.agent must name its fields, not salary",
    ),
    "agent field twice": (
        mirror(more='key = "code"\nagent = ["code", "code"]'),
        "classes has the agent field code twice",
    ),
    "agent that is no list": (mirror(more='key = "code"\nagent = "code"'), "classes.agent must be a list of"),
    "agent with no field": (mirror(more='key = "code"\nagent = []'), "classes.agent must be a list of"),
    "agent with a number": (mirror(more='key = "code"\nagent = [1]'), "classes.agent must name its fields"),
    "case without a feed": (source(more=f'key = "code"\n{CASE}'), "case is for SOURCE tables with a feed"),
    "case of a MIRROR table": (mirror(more=CASE), "classes.case is for SOURCE tables with a feed"),
    "case that is no table": (fed('case = "Tình trạng"'), "classes.case must hold status, note and values"),
    "case without a status": (fed(CASE.replace('status = "Tình trạng", ', "")), "classes.case needs status"),
    "case without a note": (fed(CASE.replace('"Ghi chú"', '" "')), "classes.case needs note"),
    "unknown part of a case": (fed(CASE.replace("{ ", "{ owner = 1, ")), "classes.case.owner is not known"),
    "case without values": (
        fed(CASE.replace('["Mới", "Đã gọi"]', "[]")),
        "classes.case.values must be a list of 1",
    ),
    "case value that is no text": (
        fed(CASE.replace('"Mới"', "1")),
        "case.values must hold texts of one line",
    ),
    "case value of two lines": (
        fed(CASE.replace('"Mới"', '"a\\nb"')),
        "case.values must hold texts of one line",
    ),
    "empty case value": (fed(CASE.replace('"Mới"', '""')), "case.values must hold texts of one line"),
    "case value twice": (fed(CASE.replace('"Đã gọi"', '"Mới"')), "classes.case has the value Mới twice"),
    "one column for status and note": (
        fed(CASE.replace("Tình trạng", "Ghi chú")),
        "classes.case has the column Ghi chú twice",
    ),
    "status that we push": (
        fed(CASE.replace("Tình trạng", "Mã lớp")),
        "classes.case.status must name a column of staff, not Mã lớp, which is one of its fields",
    ),
    "note that we push": (
        fed(CASE.replace("Ghi chú", "Mã lớp")),
        "classes.case.note must name a column of staff, not Mã lớp",
    ),
    "not TOML": ("[classes", "tables.toml is not TOML"),
    "table twice": (mirror() + mirror(), "tables.toml is not TOML"),
}
BAD_PLACES = {
    "no token": ("classes=/tblClasses", "LARK_TABLES: classes must be given as classes=app_token/table_id"),
    "no table id": ("classes=appClasses", "LARK_TABLES: classes must be given as"),
    "no place": ("classes", "LARK_TABLES: classes must be given as"),
    "strange token": ("classes=app?x/tbl", "LARK_TABLES: classes must be given as"),
    "unknown table": ("lessons=app/tbl", "LARK_TABLES: lessons is not a table of tables.toml"),
    "named twice": ("classes=app/tbl1, classes =app/tbl2", "LARK_TABLES: classes is named twice"),
    "one place for two": ("classes=app/tbl,rooms=app/tbl", "two tables have the same place in Lark"),
}


def start(environ: Mapping[str, str], places: str) -> TableSync:
    return sync_mirrors(
        SyncMirrorsSettings({**environ, "LARK_CLIENT_TOKEN_MINUTES": "60", "LARK_TABLES": places})
    )


def check(tables: Path, deployments: Path | None = None) -> Run:
    """Run what `make check` runs."""
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "tools.tables", tables, *([deployments] if deployments else [])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("kind", BAD)
def test_bad_registry_is_refused_by_name_at_the_start(
    kind: str, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text, words = BAD[kind]
    monkeypatch.setattr("larkbridge.sync.config.table_registry.read_tables", lambda: text)
    with pytest.raises(RegistryError) as caught:
        start(environ, "")
    assert words in str(caught.value)


@pytest.mark.parametrize("kind", BAD_PLACES)
def test_bad_place_is_refused_by_name_at_the_start(
    kind: str, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    places, words = BAD_PLACES[kind]
    monkeypatch.setattr("larkbridge.sync.config.table_registry.read_tables", lambda: TABLES)
    with pytest.raises(RegistryError) as caught:
        start(environ, places)
    assert words in str(caught.value)


@pytest.mark.parametrize("kind", ["wrong role", "unknown type", "id twice", "no id"])
def test_bad_registry_is_refused_by_name_in_the_check(kind: str, tmp_path: Path) -> None:
    text, words = BAD[kind]
    (tmp_path / "tables.toml").write_text(text, encoding="utf-8")
    run = check(tmp_path / "tables.toml")
    assert run.returncode == 1
    assert words in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ('"Stage=prod LarkTables=classes=/tblClasses"', "prod: LARK_TABLES: classes must be given as"),
        ('["Stage=prod", "LarkTables=lessons=app/tbl"]', "prod: LARK_TABLES: lessons is not a table"),
        ("""'Stage=prod LarkTables="classes=app/tbl, rooms=app/tbl"'""", "prod: LARK_TABLES: two tables"),
    ],
)
def test_bad_place_is_refused_by_name_in_the_check(overrides: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "tables.toml").write_text(TABLES, encoding="utf-8")
    deployments = f"version = 0.1\n[prod.deploy.parameters]\nparameter_overrides = {overrides}\n"
    (tmp_path / "samconfig.toml").write_text(deployments, encoding="utf-8")
    run = check(tmp_path / "tables.toml", tmp_path / "samconfig.toml")
    assert run.returncode == 1
    assert words in run.stderr
    assert run.stdout == ""


def test_registry_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    assert "tables.toml cannot be read" in check(tmp_path / "tables.toml").stderr
    (tmp_path / "tables.toml").write_bytes(b"\xff")
    assert "tables.toml cannot be read" in check(tmp_path / "tables.toml").stderr
    (tmp_path / "tables.toml").write_text(TABLES, encoding="utf-8")
    assert (
        "samconfig.toml cannot be read" in check(tmp_path / "tables.toml", tmp_path / "samconfig.toml").stderr
    )


def test_check_tells_a_line_for_each_table(tmp_path: Path) -> None:
    (tmp_path / "tables.toml").write_text(TABLES, encoding="utf-8")
    run = check(tmp_path / "tables.toml")
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == [
        "classes: MIRROR, key code, 4 fields, deletions mark",
        "rooms: MIRROR, no key, 1 fields, deletions expire",
        "students: SOURCE, key studentId, 3 fields, deletions restore",
    ]


def test_own_registry_is_usable() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tools.tables"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert [line.partition(":")[0] for line in run.stdout.splitlines()] == ["students", "classes"]


def test_what_an_entry_leaves_out_has_a_default() -> None:
    (table,) = Registry(mirror())
    assert (table.key, table.every.total_seconds(), table.deletions) == (None, 86_400, Deletions.MARK)
    (table,) = Registry(source())
    assert (table.deletions, table.feed) == (Deletions.RESTORE, None)


def test_tables_are_found_by_role_name_and_place() -> None:
    registry = Registry(TABLES, PLACES[:2])
    assert [one.name for one in registry] == ["classes", "rooms", "students"]
    assert [one.name for one in registry.of_role(Role.MIRROR)] == ["classes", "rooms"]
    assert registry.of_role(Role.SOURCE) == []
    students = registry.get("students")
    assert students is not None
    assert not students.connected
    assert registry.at("appRooms", "tblRooms") is registry.get("rooms")
    assert registry.at("appRooms", "tblClasses") is None
    assert registry.at("", "") is None
    assert registry.get("lessons") is None


def test_field_is_as_the_entry_says() -> None:
    (table,) = Registry(mirror())
    (field,) = table.fields
    assert (field.name, field.field_id, field.column, field.type) == (
        "code",
        "fldCode",
        "Mã lớp",
        FieldType.TEXT,
    )


def test_case_is_found_by_the_form_that_feeds_its_connected_table() -> None:
    text = fed(CASE)
    table = Registry(text, ["classes=app/tbl"]).case_table("hold")
    assert table is not None
    assert table.case is not None
    assert (table.case.status, table.case.note, table.case.values) == (
        "Tình trạng",
        "Ghi chú",
        ("Mới", "Đã gọi"),
    )
    assert Registry(text).case_table("hold") is None
    assert Registry(text, ["classes=app/tbl"]).case_table("transfer") is None
    assert Registry(fed(""), ["classes=app/tbl"]).case_table("hold") is None


def test_every_type_of_larks_has_a_name_in_the_registry() -> None:
    for one in FieldType:
        (table,) = Registry(mirror(CODE.replace('"text"', f'"{one.name.lower()}"')))
        assert table.fields[0].type is one


@pytest.mark.parametrize("places", ["", "classes=app1/tbl1", "classes=app1/tbl1,students=app1/tbl2"])
def test_form_feeds_the_one_connected_table_that_takes_it(places: str) -> None:
    registry = Registry(read_tables(), filter(None, places.split(",")))
    if "students" in places:
        assert registry.fed_by(FormType.STUDENT_INFO).name == "students"
    else:
        with pytest.raises(RegistryError, match="FORM_FEEDS: student-info"):
            registry.fed_by(FormType.STUDENT_INFO)
