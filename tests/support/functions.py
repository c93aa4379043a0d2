"""The functions of template.yaml: as declared, as deployed, and as a new Lambda process loads them."""

import importlib
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from unittest.mock import patch

import httpx

from larkbridge.clock import Clock
from larkbridge.pages import prebuilt
from tests.support.aws import SECRET_IDS, TABLES
from tests.support.template import ROOT, resources, template

type Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@dataclass(frozen=True)
class Function:
    """One function; `properties` include what Globals give it."""

    logical_id: str
    properties: dict[str, Any]

    @property
    def folder(self) -> str:
        """The name of its folder, in functions/ and in events/."""
        return PurePosixPath(self.properties["CodeUri"]).name

    @property
    def variables(self) -> dict[str, Any]:
        return self.properties["Environment"]["Variables"]

    @property
    def routes(self) -> list[str]:
        """Its routes, as API Gateway writes them: "POST /path"."""
        events = [
            one["Properties"]
            for one in self.properties.get("Events", {}).values()
            if one["Type"] == "HttpApi"
        ]
        return [f"{one['Method']} {one['Path']}" for one in events]

    def samples(self) -> dict[str, dict[str, Any]]:
        """Return its sample events by case."""
        files = sorted((ROOT / "events" / self.folder).glob("*.json"))
        return {file.stem: json.loads(file.read_text()) for file in files}


def functions() -> dict[str, Function]:
    """Return every function by its folder's name."""
    shared = template()["Globals"]["Function"]
    declared = resources("AWS::Serverless::Function")
    found = [Function(logical_id, _merged(shared, one["Properties"])) for logical_id, one in declared.items()]
    return {one.folder: one for one in found}


def _merged(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    variables = [one.get("Environment", {}).get("Variables", {}) for one in (shared, own)]
    layers = [*shared["Layers"], *own.get("Layers", ())]  # SAM adds the lists up
    return {**shared, **own, "Layers": layers, "Environment": {"Variables": variables[0] | variables[1]}}


def references(settings: Mapping[str, str], **parameters: str) -> dict[str, str]:
    """Return what each `Ref` gives in a stack with these settings (`tests.support.aws`) and parameters."""
    defaults = {name: str(one["Default"]) for name, one in template()["Parameters"].items()}
    tables = {logical_id: settings[setting] for setting, logical_id in TABLES.items()}
    bucket = settings["FILES_BUCKET"]
    domain = f"{bucket}.s3.ap-southeast-1.amazonaws.com"
    others = {
        **{output: settings[setting] for output, setting in SECRET_IDS.items()},
        "FilesBucket": bucket,
        "FilesBucket.RegionalDomainName": domain,
        "ChatQueue": settings["CHAT_QUEUE_URL"],
        "ChatTurnsGivenUp.Arn": settings["CHAT_TURNS_GIVEN_UP_ARN"],
    }
    return {**defaults, **parameters, **tables, **others}


def environment(function: Function, refs: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that a deployed function has."""
    return {name: resolve(value, refs) for name, value in function.variables.items()}


def resolve(value: Any, refs: Mapping[str, str]) -> str:
    """Return a plain string, `Ref`, `Fn::GetAtt`, `Fn::If` or `Fn::Sub` as CloudFormation would.

    An attribute stands in `refs` as "LogicalId.Attribute"; raises KeyError for what is not there.
    """
    if not isinstance(value, dict):
        return str(value)
    ((intrinsic, argument),) = value.items()
    if intrinsic == "Fn::Sub":
        for name in _placeholders(argument):
            argument = argument.replace(f"${{{name}}}", refs[name])
        return argument
    if intrinsic == "Fn::If":
        condition, *parts = argument
        return resolve(parts[not _holds(template()["Conditions"][condition], refs)], refs)
    if intrinsic == "Fn::Join":
        return argument[0].join(resolve(part, refs) for part in _list(argument[1], refs))
    return refs[argument if intrinsic == "Ref" else ".".join(argument)]


def _holds(condition: dict[str, Any], refs: Mapping[str, str]) -> bool:
    """Tell whether a condition holds, which says that something is not another thing."""
    ((equal,),) = condition.values()
    left, right = equal["Fn::Equals"]
    return resolve(left, refs) != resolve(right, refs)


def _list(value: Any, refs: Mapping[str, str]) -> list[Any]:
    """Return the parts of a list, or of a parameter that is one."""
    return value if isinstance(value, list) else resolve(value, refs).split(",")


def _placeholders(text: str) -> list[str]:
    return [part.partition("}")[0] for part in text.split("${")[1:]]


@contextmanager
def loaded(
    function: Function,
    variables: Mapping[str, str],
    *,
    clock: Clock | None = None,
    transport: httpx.BaseTransport | None = None,
    tables: str | None = None,
) -> Iterator[Handler]:
    """Give a function's handler, imported as Lambda does: its folder on the path, nothing of ours loaded yet.

    Parameters
    ----------
    variables
        The environment, beside what the test process has.
    clock, transport
        Replace the machine's time and the network.
    tables
        Replaces the content of `tables.toml`.
    """
    folder = ROOT / function.properties["CodeUri"]
    module, _, name = function.properties["Handler"].partition(".")
    built = prebuilt.BUILT
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, variables))
        stack.enter_context(patch.object(sys, "path", [str(folder), *sys.path]))
        stack.enter_context(_fresh_modules(module))
        stack.enter_context(_http_clients_closed(transport))
        if clock is not None:
            importlib.import_module("larkbridge.clock").__dict__["SystemClock"] = lambda: clock
        if tables is not None:
            importlib.import_module("larkbridge.sync.config.table_registry").__dict__["read_tables"] = (
                lambda: tables
            )
        handler = getattr(importlib.import_module(module), name)
        if "CENTRE_NAME" in function.variables:
            importlib.import_module("larkbridge.pages.prebuilt").__dict__["BUILT"] = built
        yield handler


@contextmanager
def _fresh_modules(entry: str) -> Iterator[None]:
    def taken_out() -> dict[str, Any]:
        names = [one for one in sys.modules if one.partition(".")[0] in (entry, "larkbridge")]
        return {one: sys.modules.pop(one) for one in names}

    before = taken_out()
    # Powertools leaves its set-up on the logger of the service's name.
    logging.Logger.manager.loggerDict.pop(os.environ["POWERTOOLS_SERVICE_NAME"], None)
    try:
        yield
    finally:
        taken_out()
        sys.modules.update(before)


@contextmanager
def _http_clients_closed(transport: httpx.BaseTransport | None) -> Iterator[None]:
    """Choose the transport of every httpx client made meanwhile, and close them; no Lambda process does."""
    make = httpx.Client
    with ExitStack() as clients:

        def client(**options: Any) -> httpx.Client:
            options["transport"] = transport or options.get("transport")
            return clients.enter_context(closing(make(**options)))

        with patch.object(httpx, "Client", client):
            yield
