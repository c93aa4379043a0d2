"""Settings are checked and frozen when a function is imported, and are those that it is given."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from larkbridge import settings
from larkbridge.environment import Setting, Settings
from larkbridge.errors import SettingsError
from sandbox.parameters import setting_name
from tests.support.functions import Function, environment, functions, loaded, references
from tests.support.template import ROOT, template

FUNCTIONS = functions()
LIBRARIES = template()["Globals"]["Function"]["Environment"]["Variables"].keys() | {"POWERTOOLS_LOG_LEVEL"}
SECRET = "s3cret-value!"
SUBMIT = FUNCTIONS["submit_hold_request"]

GOOD: dict[str, dict[str, Any]] = {
    "LARK_FORM_WEBHOOK_URL": {
        "https://x.larksuite.com/base/automation/webhook/event/abc": None,
        "http://127.0.0.1:4570/hook": None,
    },
    "ALLOWED_ORIGINS": {"https://a.example, *": ("https://a.example", "*")},
    "CENTRE_NAME": {"Trung tâm Hoa Sen": "Trung tâm Hoa Sen", "x" * 200: None},
    "CENTRE_LOGO_URL": {"https://hoasen.example/logo.svg?v=2": None, "http://127.0.0.1:4570/logo.png": None},
    "PRIVACY_URL": {"https://hoasen.example": "https://hoasen.example"},
    "PRIVACY_CONTACT": {"rieng-tu@hoasen.example": None, "Cô Hà, 0912 345 678": "Cô Hà, 0912 345 678"},
    "TURNSTILE_SITE_KEY": {"0x4AAAAAAA-b_c": "0x4AAAAAAA-b_c"},
    "PUBLIC_URL": {"https://forms.example.edu.vn": None, "http://127.0.0.1:4566/_aws/execute-api/a1": None},
    "LARK_DOMAIN": {"https://open.feishu.cn": "https://open.feishu.cn", "http://127.0.0.1:4570": None},
    "LARK_ACCOUNTS_DOMAIN": {
        "https://accounts.feishu.cn": "https://accounts.feishu.cn",
        "http://localhost:4570": None,
    },
    "LARK_OAUTH_REDIRECT_URI": {
        "https://api.example/oauth/callback": "https://api.example/oauth/callback",
        "http://127.0.0.1:4566/_aws/execute-api/a1/oauth/callback": None,
    },
    "AGENT_REPLY_IN_THREAD": {"off": "off"},
    "MORNING_CHAT_ID": {"oc_a-1": "oc_a-1"},
    "AGENT_STAFF_CHATS": {"oc_a1": ("oc_a1",), "oc_a-1 , oc_b": ("oc_a-1", "oc_b")},
    "ANTHROPIC_BASE_URL": {"http://127.0.0.1:4570": "http://127.0.0.1:4570"},
    "ANTHROPIC_MODEL": {"claude-opus-5-5": "claude-opus-5-5"},
    "ANTHROPIC_EFFORT": {"unset": "unset", "high": "high"},
    "ANTHROPIC_MAX_TOKENS": {"1": 1, "32000": 32_000},
    "AGENT_DAILY_TOKENS": {"999999999": 999_999_999},
    "STAFF": {
        "ou_1=read": {"ou_1": {"read"}},
        "ou_1 = read + retry,od-2=admin": {"ou_1": {"read", "retry"}, "od-2": {"admin"}},
    },
    "LARK_APP_ID": {"cli_a1b2-C": "cli_a1b2-C"},
    "LARK_CLIENT_TOKEN_MINUTES": {"1": None, "90.5": None, "10080": None},
    "LARK_TABLES": {
        "classes=appA/tblB": ("classes=appA/tblB",),
        " a=b/c , d=e/f ": ("a=b/c", "d=e/f"),
    },
    "FORM_FEEDS": {"student-info": ("student-info",), "hold, change": ("hold", "change")},
    "TURNSTILE_ORIGIN": {"http://127.0.0.1:4570": "http://127.0.0.1:4570"},
    "FORM_SOFT_LIMIT": {"1": 1, "999999999": 999_999_999},
    "FORM_HARD_LIMIT": {"300": 300},
    "TRUSTED_CLIENT_IP_HEADER": {"CF-Connecting-IP": "CF-Connecting-IP"},
    "FEISHU_BUTTON_USER_LIMIT": {"1": 1, "999999999": 999_999_999},
    "FEISHU_BUTTON_IP_LIMIT": {"20": 20},
    "FEISHU_BUTTON_ALLOWED_CIDRS": {"203.0.113.0/24, 2001:db8::/32,198.51.100.7": None},
    "MODELRIVER_SIGNATURE_HEADER": {"X-Mr_Signature": "X-Mr_Signature"},
    "MODELRIVER_TIMESTAMP_HEADER": {"x-time": "x-time"},
    "MODELRIVER_SIGNED_CONTENT": {"timestamp.data": "timestamp.data"},
    "MODELRIVER_CALLBACK_HOSTS": {"a.example, b.example": ("a.example", "b.example")},
    "ZALO_APP_ID": {"123": "123"},
    "ZALO_OA_ID": {"123": "123"},
    "ZALO_SIGNED_ID": {"oa_id": "oa_id"},
    "ZALO_TIMESTAMP_SOURCE": {"header": "header"},
    "LOCAL_ORIGIN": {"http://localhost:4570": "http://localhost:4570"},
    "UPLOAD_ORIGIN": {"https://files.s3.ap-southeast-1.amazonaws.com": None, "http://127.0.0.1:4566": None},
}
"""Values by variable, each with what it is read as where that says more than that it is taken."""

BAD: dict[str, tuple[str, list[str]]] = {
    "LARK_FORM_WEBHOOK_URL": ("an address", ["x.larksuite.com/hook", "https://", "https:// x", "ftp://x"]),
    "CENTRE_NAME": ("one line", ["a\nb", "x" * 201, "a\x00b"]),
    "CENTRE_LOGO_URL": (
        "an address",
        ["logo.png", "data:image/png;base64,AA", "https://a;b/x", "https://a b"],
    ),
    "PRIVACY_URL": ("an address", ["hoasen.example", "javascript:alert(1)", "https://'unsafe-inline'/"]),
    "PRIVACY_CONTACT": ("one line", ["a\tb", "x" * 201]),
    "TURNSTILE_SITE_KEY": ("letters", ["0x 4", "0x4/"]),
    "PUBLIC_URL": ("an address", ["forms.example.edu.vn", "https://", "ftp://x"]),
    "LARK_DOMAIN": ("an origin", ["open.larksuite.com", "https://open.feishu.cn/", "https://x:port"]),
    "LARK_ACCOUNTS_DOMAIN": ("an origin", ["accounts.larksuite.com", "https://accounts.larksuite.com/"]),
    "LARK_OAUTH_REDIRECT_URI": (
        "an address that ends in /oauth/callback",
        [
            "https://api.example/oauth/callback/",
            "https://api.example/callback",
            "api.example/oauth/callback",
            "https://api.example/oauth/callback?x=1",
            "https://api.example/?x=/oauth/callback",
        ],
    ),
    "AGENT_REPLY_IN_THREAD": ("one of on, off", ["yes", "On"]),
    "MORNING_CHAT_ID": ("an id that begins with oc_", ["ou_1", "oc_", "oc_1,oc_2", "Teachers"]),
    "AGENT_STAFF_CHATS": ("ids that begin with oc_", ["ou_1", "oc_", "Teachers", "oc_1 oc_2"]),
    "ANTHROPIC_BASE_URL": ("an origin", ["api.anthropic.com", "https://api.anthropic.com/v1"]),
    "ANTHROPIC_MODEL": ("letters", ["claude 5", "claude/5"]),
    "ANTHROPIC_EFFORT": ("one of low, medium", ["none", "Low"]),
    "ANTHROPIC_MAX_TOKENS": ("a whole number from 1 to 32000", ["0", "32001", "many"]),
    "AGENT_DAILY_TOKENS": ("a whole number from 1", ["0", "-1", "1000000000"]),
    "STAFF": ("a list such as ou_1=read", ["ou_1", "ou_1=root", "a@b.test=read", "ou_1=read retry"]),
    "LARK_APP_ID": ("letters", ["cli a", "cli_ä", "cli/a"]),
    "LARK_CLIENT_TOKEN_MINUTES": ("a number of minutes from 1 to 10080", ["x", "0", "-5", "10081", "nan"]),
    "TURNSTILE_ORIGIN": ("an origin", ["challenges.cloudflare.com", "https://x/"]),
    "FORM_SOFT_LIMIT": ("a whole number from 1", ["0", "-1", "many"]),
    "FORM_HARD_LIMIT": ("a whole number from 1", ["0", "1000000000"]),
    "TRUSTED_CLIENT_IP_HEADER": ("letters", ["x forwarded", "x:y"]),
    "FEISHU_BUTTON_USER_LIMIT": ("a whole number from 1", ["abc", "0", "-1", "30.5", "1000000000", "²"]),
    "FEISHU_BUTTON_IP_LIMIT": ("a whole number from 1", ["3O", "1e3"]),
    "FEISHU_BUTTON_ALLOWED_CIDRS": ("CIDR", ["home", "203.0.113.0/24 198.51.100.7"]),
    "MODELRIVER_SIGNATURE_HEADER": ("letters", ["mr signature", "mr:signature"]),
    "MODELRIVER_TIMESTAMP_HEADER": ("letters", ["mr,time"]),
    "MODELRIVER_SIGNED_CONTENT": ("one of body, timestamp.body, timestamp.data", ["Body", "data"]),
    "MODELRIVER_CALLBACK_HOSTS": ("host names", ["https://api.modelriver.com", "a.example b.example"]),
    "ZALO_APP_ID": ("letters", ["1 2"]),
    "ZALO_OA_ID": ("letters", ["1;2"]),
    "ZALO_SIGNED_ID": ("one of app_id, oa_id", ["appid"]),
    "ZALO_TIMESTAMP_SOURCE": ("one of body, header", ["query"]),
    "LOCAL_ORIGIN": ("an origin", ["localhost:4570", "http://localhost:4570/x"]),
    "UPLOAD_ORIGIN": ("an origin", ["files.s3.amazonaws.com", "https://s3.amazonaws.com/files"]),
}
"""Values that the template refuses, and so does every function that is given them."""

NEEDED = {"SECRETS_ID", "PRIVATE_SECRETS_ID", "CHAT_QUEUE_URL", "CHAT_TURNS_GIVEN_UP_ARN"}
"""Beside tables and buckets what there is no function without."""

ONLY_HERE = {
    "FEISHU_BUTTON_ALLOWED_CIDRS": ["203.0.113.256", "203.0.113.0/33", "203.0.113.7/24", "1:2"],
    "LARK_DOMAIN": [],
}
"""Values that no pattern of a template can tell."""


def kind_of(function: Function) -> type[Settings]:
    """Return the settings of a function, which have its name; all forms share theirs."""
    name = "submit_form" if function.folder.startswith("submit_") else function.folder
    return getattr(settings, f"{name.title().replace('_', '')}Settings")


def variables_of(kind: type[Settings]) -> frozenset[str]:
    return frozenset().union(*(one.variables for one in kind.declared().values()))


def places_of(kind: type[Settings]) -> Iterator[tuple[str, type[Settings], str]]:
    """Yield each variable with the class and the attribute that have it, those of parts included."""
    for name, declared in kind.declared().items():
        if isinstance(declared.read, type) and issubclass(declared.read, Settings):
            yield from places_of(declared.read)
        else:
            (variable,) = declared.variables
            yield variable, kind, name


PLACES = sorted(
    {place for function in FUNCTIONS.values() for place in places_of(kind_of(function))},
    key=lambda place: (place[0], place[1].__name__),
)
PARAMETERS = {setting_name(name): one for name, one in template()["Parameters"].items()}


def complete(kind: type[Settings], environ: dict[str, str]) -> dict[str, str]:
    """Return only what must be there."""
    return {
        name: value
        for name, value in environ.items()
        if name.endswith(("_TABLE", "_BUCKET")) or name in NEEDED
    }


def value_of(kind: type[Settings], environ: dict[str, str], variable: str) -> Any:
    """Return what a variable is read as by a class that has it itself."""
    (name,) = [name for name, one in kind.declared().items() if one.variables == {variable}]
    return getattr(kind(environ), name)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_function_declares_every_variable_that_the_template_gives_it_and_no_other(
    function: Function,
) -> None:
    assert variables_of(kind_of(function)) == function.variables.keys() - LIBRARIES


@pytest.mark.parametrize("folder", sorted(FUNCTIONS.keys() - {"serve_pages"}))
def test_a_function_makes_its_settings_when_it_is_imported(folder: str, environ: dict[str, str]) -> None:
    function = FUNCTIONS[folder]
    variables = environment(function, references(environ))
    for name in variables_of(kind_of(function)):
        variables[name] = ""
    with pytest.raises(Exception, match="is not set") as caught, loaded(function, variables):
        pass
    assert type(caught.value).__name__ == "SettingsError"
    needed = [
        name
        for name in variables_of(kind_of(function))
        if name.endswith(("_TABLE", "_ID", "_BUCKET")) or name in NEEDED
    ]
    missing = {name for name in needed if f"{name} is not set" in str(caught.value)}
    assert missing == {name for name in needed if name not in GOOD}


def test_every_setting_is_used() -> None:
    code = "\n".join(
        path.read_text()
        for folder in ("layers/common/larkbridge", "functions")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "settings.py"
    )
    kinds = [one for one in vars(settings).values() if isinstance(one, type) and issubclass(one, Settings)]
    names = {name for kind in kinds for name in kind.declared()}
    assert {name for name in names if not re.search(rf"\.{name}\b", code)} == set()


def test_every_setting_of_a_kind_of_its_own_has_values_here() -> None:
    checked = {variable for variable, _, _ in PLACES if not variable.endswith("_TABLE")}
    checked -= {"FILES_BUCKET", *NEEDED}
    assert checked == GOOD.keys() == BAD.keys() | {"LARK_TABLES", "FORM_FEEDS", "ALLOWED_ORIGINS"}


@pytest.mark.parametrize(("variable", "kind", "name"), PLACES, ids=lambda one: getattr(one, "__name__", one))
def test_wrong_value_is_named_with_what_is_allowed_and_never_quoted(
    variable: str, kind: type[Settings], name: str, environ: dict[str, str]
) -> None:
    allowed, values = BAD.get(variable, ("", []))
    for value in [*values, *ONLY_HERE.get(variable, [])]:
        with pytest.raises(SettingsError) as caught:
            kind(environ | {variable: value})
        assert caught.value.wrong == (str(caught.value),)
        assert str(caught.value).startswith(f"{variable} must be ")
        assert allowed in str(caught.value)


def test_no_value_is_quoted(environ: dict[str, str]) -> None:
    wrong = environ | dict.fromkeys(BAD, f"{SECRET} {SECRET}")
    with pytest.raises(SettingsError) as caught:
        settings.ReceiveWebhookSettings(wrong)
    assert SECRET not in str(caught.value)
    assert len(caught.value.wrong) == len(variables_of(settings.ProviderSettings))


@pytest.mark.parametrize(("variable", "kind", "name"), PLACES, ids=lambda one: getattr(one, "__name__", one))
def test_good_value_is_read_without_white_space_around_it(
    variable: str, kind: type[Settings], name: str, environ: dict[str, str]
) -> None:
    for value, read in GOOD.get(variable, {}).items():
        found = getattr(kind(environ | {variable: f" {value} "}), name)
        assert read is None or found == read


@pytest.mark.parametrize(("variable", "kind", "name"), PLACES, ids=lambda one: getattr(one, "__name__", one))
def test_absent_value_and_empty_value_are_the_templates_default(
    variable: str, kind: type[Settings], name: str, environ: dict[str, str]
) -> None:
    known = {key: value for key, value in environ.items() if key != variable}
    if variable not in GOOD:
        for absent in (known, known | {variable: " "}):
            with pytest.raises(SettingsError, match=f"^{variable} is not set$"):
                kind(absent)
        return
    default = str(PARAMETERS[variable]["Default"]) if variable in PARAMETERS else ""
    values = [getattr(kind(known | given), name) for given in ({}, {variable: ""}, {variable: default})]
    assert values[0] == values[1] == values[2]


@pytest.mark.parametrize("variable", [one for one in GOOD if one in PARAMETERS])
def test_template_takes_what_functions_take_and_refuses_what_it_can(variable: str) -> None:
    parameter = PARAMETERS[variable]
    for value in [*GOOD[variable], str(parameter["Default"])]:
        assert _may_be_deployed(parameter, value), value
    for value in BAD.get(variable, ("", []))[1]:
        assert not _may_be_deployed(parameter, value), value


def _may_be_deployed(parameter: dict[str, Any], value: str) -> bool:
    if "AllowedValues" in parameter:
        return value in parameter["AllowedValues"]
    if parameter["Type"] == "Number":
        try:
            return parameter["MinValue"] <= float(value) <= parameter["MaxValue"]
        except ValueError:
            return False
    return bool(re.fullmatch(parameter.get("AllowedPattern", ".*"), value, re.ASCII))


def test_all_that_is_wrong_is_said_at_once_and_each_once(environ: dict[str, str]) -> None:
    wrong = environ | {"LARK_DOMAIN": "lark", "LARK_FORM_WEBHOOK_URL": "hook", "SECRETS_ID": ""}
    with pytest.raises(SettingsError) as caught:
        settings.RetryDueSettings(wrong)
    assert [one.partition(" ")[0] for one in caught.value.wrong] == [
        "SECRETS_ID",
        "LARK_FORM_WEBHOOK_URL",
        "LARK_DOMAIN",
    ]


def test_wrong_value_keeps_a_function_from_being_imported(environ: dict[str, str]) -> None:
    function = FUNCTIONS["receive_webhook"]
    variables = environment(function, references(environ))
    for variable in ("FEISHU_BUTTON_USER_LIMIT", "ZALO_SIGNED_ID", "FEISHU_BUTTON_ALLOWED_CIDRS"):
        variables[variable] = BAD[variable][1][0]
    with pytest.raises(Exception, match="must be") as caught, loaded(function, variables):
        pass
    said = str(caught.value).split("; ")
    assert [one.partition(" ")[0] for one in said] == [
        "FEISHU_BUTTON_ALLOWED_CIDRS",
        "FEISHU_BUTTON_USER_LIMIT",
        "ZALO_SIGNED_ID",
    ]


@pytest.mark.parametrize("variable", ["LARK_TABLES", "FORM_FEEDS"])
def test_what_only_feeds_keeps_no_form_from_being_taken(variable: str, environ: dict[str, str]) -> None:
    variables = environment(SUBMIT, references(environ)) | {variable: "no, such/thing"}
    with loaded(SUBMIT, variables) as handler:
        assert callable(handler)


def test_settings_are_frozen(environ: dict[str, str]) -> None:
    found: Any = settings.SubmitFormSettings(environ)
    with pytest.raises(AttributeError, match="frozen"):
        found.feeds = None
    with pytest.raises(AttributeError, match="frozen"):
        found.submissions.webhook_url = "https://elsewhere.example/"
    environ["SECRETS_ID"] = "another"
    assert found.submissions.secrets_id != "another"


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LARK_APP_ID", "cli_of_this_process")
    assert settings.LarkAppSettings().app_id == "cli_of_this_process"


def test_declaration_is_at_the_class() -> None:
    assert isinstance(settings.LarkAppSettings.app_id, Setting)
