"""template.yaml as plain data: an intrinsic function becomes {"Ref": ...} or {"Fn::Name": ...}."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


class _Loader(yaml.SafeLoader):
    pass


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise TypeError(node)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


@cache
def template() -> dict[str, Any]:
    """Return the whole template."""
    return yaml.load((ROOT / "template.yaml").read_text(), Loader=_Loader)  # noqa: S506 - a SafeLoader


def resources(kind: str) -> dict[str, dict[str, Any]]:
    """Return the resources of one type by logical id."""
    return {name: one for name, one in template()["Resources"].items() if one["Type"] == kind}


def referred(values: Iterable[dict[str, Any]]) -> list[str]:
    """Return the logical ids behind `Ref` and `GetAtt <id>.Arn`."""
    return [one.get("Ref") or _behind_arn(*one["Fn::GetAtt"]) for one in values]


def _behind_arn(logical_id: str, attribute: str) -> str:
    assert attribute == "Arn"
    return logical_id


def as_list(value: Any) -> list[Any]:
    """Return what may be written as one or as a list."""
    return value if isinstance(value, list) else [value]
