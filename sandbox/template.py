"""The built template as the AWS emulator takes it."""

from pathlib import Path
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


def without_metric_math(template: dict[str, Any]) -> dict[str, Any]:
    """Return the template without alarms on metric math, for which the emulator refuses the whole stack."""
    kept = {
        logical_id: resource
        for logical_id, resource in template["Resources"].items()
        if not (resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"])
    }
    return {**template, "Resources": kept}


def write_for_emulator(template: dict[str, Any], name: str) -> Path:
    """Write the template beside the built one, whose relative paths it shares."""
    path = BUILT.with_name(f"{name}.yaml")
    path.write_text(yaml.safe_dump(without_metric_math(template), sort_keys=False))
    return path
