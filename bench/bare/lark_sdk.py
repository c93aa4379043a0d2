"""Lark's own SDK, imported and nothing else."""

from typing import Any

import lark_oapi as lark_oapi


def handler(_: dict[str, Any], __: Any) -> dict[str, Any]:
    return {}
