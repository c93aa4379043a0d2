"""What the template and the functions say about routes."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from larkbridge.forms import models
from larkbridge.forms.models import Form

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the HTTP API and the folder of the function behind it."""

    method: str
    path: str
    folder: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def form(self) -> type[Form] | None:
        """Return the form that the function takes, None when it takes none."""
        code = (PROJECT / self.folder / "app.py").read_text()
        found = re.search(r"form_endpoint\((\w+)\)", code)
        return getattr(models, found[1]) if found else None


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_multi_constructor("!", lambda *_: None)  # no route depends on an intrinsic function


def routes(template: Path = PROJECT / "template.yaml") -> list[Route]:
    """Return the template's routes in its order."""
    resources: dict[str, Any] = yaml.load(template.read_text(), Loader=_Loader)["Resources"]  # noqa: S506
    return [
        Route(event["Properties"]["Method"], event["Properties"]["Path"], one["Properties"]["CodeUri"])
        for one in resources.values()
        if one["Type"] == "AWS::Serverless::Function"
        for event in one["Properties"].get("Events", {}).values()
        if event["Type"] == "HttpApi"
    ]
