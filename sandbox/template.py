"""The built template."""

from typing import Any

import yaml

from sandbox.processes import StackError
from sandbox.services import PROJECT

BUILT = PROJECT / ".aws-sam" / "build" / "template.yaml"


def built_template() -> dict[str, Any]:
    """Return the built template."""
    if not BUILT.exists():
        raise StackError(f"{BUILT} is missing: run `make build`")
    return yaml.safe_load(BUILT.read_text())
