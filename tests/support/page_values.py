"""What a parent types into a page: one good form of each kind, of a child of the test's own."""

import itertools
import re
from typing import Any

from sandbox.samples import FORMS

_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_SURNAMES = ("An", "Bình", "Châu", "Dũng", "Giang", "Hạnh", "Khôi", "Linh", "Ngọc", "Phúc", "Quân", "Thảo")
_children = itertools.product(_SURNAMES, repeat=3)


def a_child() -> str:
    """Return the name of a child that no other test of this process has."""
    return "Nguyễn " + " ".join(next(_children))


def typed(form_type: str, child: str, **others: str) -> dict[str, str | bool]:
    """Return a good form as it is typed into a page: by the names of its inputs."""
    values: dict[str, Any] = FORMS[form_type] | {"studentName": child} | others
    inputs: dict[str, str | bool] = {}
    for name, value in values.items():
        if isinstance(value, bool):
            inputs[name] = value
        elif day := _DAY.fullmatch(str(value)):
            year, month, number = day.groups()
            inputs |= {
                f"{name}-day": str(int(number)),
                f"{name}-month": str(int(month)),
                f"{name}-year": year,
            }
        else:
            inputs[name] = str(value)
    return inputs
