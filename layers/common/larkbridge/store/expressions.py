"""DynamoDB's update expressions, built attribute by attribute."""

from collections.abc import Mapping
from typing import Any

from larkbridge.store.codec import to_attribute


class UpdateExpression:
    """Builds an update; attribute names go through placeholders, since some are reserved."""

    def __init__(self) -> None:
        self._set: list[str] = []
        self._remove: list[str] = []
        self._add: list[str] = []
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def change(self, name: str, value: Any) -> None:
        self.names[f"#{name}"] = name
        if value is None:
            self._remove.append(f"#{name}")
        else:
            self.values[f":{name}"] = to_attribute(value)
            self._set.append(f"#{name} = :{name}")

    def append(self, name: str, added: list) -> None:
        self.names[f"#{name}"] = name
        self.values |= {f":{name}": to_attribute(added), ":none": to_attribute([])}
        self._set.append(f"#{name} = list_append(if_not_exists(#{name}, :none), :{name})")

    def add(self, name: str, amount: int) -> None:
        self.names[f"#{name}"] = name
        self.values[f":{name}"] = to_attribute(amount)
        self._add.append(f"#{name} :{name}")

    def use(self, values: Mapping[str, Any]) -> None:
        self.values |= {placeholder: to_attribute(value) for placeholder, value in values.items()}

    def __str__(self) -> str:
        clauses = (("SET", self._set), ("REMOVE", self._remove), ("ADD", self._add))
        return " ".join(f"{word} {', '.join(parts)}" for word, parts in clauses if parts)
