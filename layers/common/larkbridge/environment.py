"""How settings are read from the environment: each declared on one line, all checked at once.

What is absent or empty has its default. No wrong value is quoted: it may be a secret in a wrong place.
"""

import os
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self, overload

from larkbridge.errors import SettingsError

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

type Environment = Mapping[str, str]


class Setting[T]:
    """What a class of settings declares; its instances have the value in its place.

    Parameters
    ----------
    read
        Returns the value; raises SettingsError when it is wrong.
    """

    def __init__(self, variables: frozenset[str], read: Callable[[Environment], T]) -> None:
        self.variables = variables
        self.read = read

    @overload
    def __get__(self, settings: None, owner: type) -> Self: ...
    @overload
    def __get__(self, settings: object, owner: type) -> T: ...
    def __get__(self, settings: object, owner: type) -> Any:
        """Return the declaration; an instance finds its own value first."""
        return self


class Settings:
    """Settings that belong together, read when they are made, and frozen.

    Raises
    ------
    SettingsError
        When any of them is wrong; it names each, and what is allowed.
    """

    def __init__(self, environ: Environment = os.environ) -> None:
        wrong: list[str] = []
        for name, setting in self.declared().items():
            try:
                self.__dict__[name] = setting.read(environ)
            except SettingsError as error:
                wrong += error.wrong
        if wrong:
            raise SettingsError(*wrong)

    def __setattr__(self, name: str, _: object) -> None:
        raise AttributeError(f"settings are frozen: {name} cannot be set")

    @classmethod
    def declared(cls) -> dict[str, Setting]:
        """Return every setting by its name."""
        return {name: member for name, member in vars(cls).items() if isinstance(member, Setting)}


def part[S: Settings](kind: type[S]) -> Setting[S]:
    """Declare settings that functions have in common."""
    variables = (setting.variables for setting in kind.declared().values())
    return Setting(frozenset().union(*variables), kind)


def required(variable: str) -> Setting[str]:
    """Declare a text that must be there, such as the name of a table."""

    def read(environ: Environment) -> str:
        if text := environ.get(variable, "").strip():
            return text
        raise SettingsError(f"{variable} is not set")

    return Setting(frozenset([variable]), read)


def text(variable: str, default: str = "") -> Setting[str]:
    """Declare an id or a name: letters, digits, hyphens and underscores."""
    return _optional(variable, default, _word, "letters, digits, - and _")


def address(variable: str) -> Setting[str]:
    """Declare a web address that may be absent."""
    return _optional(variable, "", _matching(r"https?://[^\s/]+\S*"), "an address that begins with https://")


def page(variable: str) -> Setting[str]:
    """Declare the web address of a page or a picture that may be absent."""
    allowed = _matching(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[^\s]*)?")
    return _optional(variable, "", allowed, "an address such as https://example.org/page")


def phrase(variable: str) -> Setting[str]:
    """Declare a text that people read, of one line and at most 200 characters."""
    allowed = _matching(r"[^\x00-\x1f\x7f]{1,200}")
    return _optional(variable, "", allowed, "one line of at most 200 characters")


def origin(variable: str, default: str = "") -> Setting[str]:
    """Declare a web address without a path."""
    allowed = _matching(r"https?://[a-z0-9.-]+(:\d{1,5})?")
    return _optional(variable, default, allowed, "an origin such as https://open.larksuite.com")


def callback(variable: str, path: str) -> Setting[str]:
    """Declare a web address, letter for letter, that ends in a path of ours."""
    allowed = _matching(rf"https?://[^\s/?#]+(/[^\s?#]*)?{re.escape(path)}")
    return _optional(variable, "", allowed, f"an address that ends in {path}")


def choice(variable: str, *allowed: str) -> Setting[str]:
    """Declare one of several words, the first unless another is set."""

    def read(value: str) -> str:
        if value not in allowed:
            raise ValueError
        return value

    return _optional(variable, allowed[0], read, f"one of {', '.join(allowed)}")


def number(variable: str, default: int, most: int) -> Setting[int]:
    """Declare a whole number from 1 to `most`."""

    def read(value: str) -> int:
        if not (value.isascii() and value.isdecimal() and 1 <= int(value) <= most):
            raise ValueError
        return int(value)

    return _optional(variable, default, read, f"a whole number from 1 to {most}")


def minutes(variable: str, default: int, most: int) -> Setting[timedelta]:
    """Declare a time, from one minute to `most`."""

    def read(value: str) -> timedelta:
        found = float(_matching(r"\d{1,9}(\.\d{1,9})?")(value))
        if not 1 <= found <= most:
            raise ValueError
        return timedelta(minutes=found)

    return _optional(variable, timedelta(minutes=default), read, f"a number of minutes from 1 to {most}")


def grants(variable: str, *allowed: str) -> "Setting[Mapping[str, frozenset[str]]]":
    """Declare who may do what: a list such as ``ou_1=read+retry, od-2=read``, each person or department once.

    Parameters
    ----------
    allowed
        The words behind the ids.
    """
    form = _matching(r"(ou_|od[-_])[A-Za-z0-9_-]{1,100}\s*=\s*[a-z]+(\s*\+\s*[a-z]+)*")

    def read(value: str) -> Mapping[str, frozenset[str]]:
        entries = [form(entry).split("=") for entry in split(value)]
        found = {name.strip(): frozenset(map(str.strip, rights.split("+"))) for name, rights in entries}
        if len(found) < len(entries) or not frozenset().union(*found.values()) <= {*allowed}:
            raise ValueError
        return found

    example = f"a list such as ou_1=read+retry, od-2=read, each id once, of {', '.join(allowed)}"
    return _optional(variable, {}, read, example)


def words(variable: str, *default: str) -> Setting[tuple[str, ...]]:
    """Declare a list, separated by commas, whose parts are checked where they are used."""
    return _optional(variable, default, split, "a list")


def lark_id(variable: str, prefix: str) -> Setting[str]:
    """Declare one of Lark's ids of a kind, which may be absent."""
    return _optional(variable, "", _matching(_id_form(prefix)), f"an id that begins with {prefix}")


def ids(variable: str, prefix: str) -> Setting[tuple[str, ...]]:
    """Declare a list of Lark's ids of one kind, separated by commas."""

    def read(value: str) -> tuple[str, ...]:
        return tuple(map(_matching(_id_form(prefix)), split(value)))

    return _optional(variable, (), read, f"ids that begin with {prefix}, separated by commas")


def hosts(variable: str, default: str) -> Setting[tuple[str, ...]]:
    """Declare a list of host names, separated by commas."""

    def read(value: str) -> tuple[str, ...]:
        return tuple(map(_matching(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"), split(value)))

    return _optional(variable, (default,), read, "host names separated by commas")


def networks(variable: str) -> "Setting[tuple[IPv4Network | IPv6Network, ...]]":
    """Declare a list of addresses and CIDR blocks, separated by commas."""

    def read(value: str) -> "tuple[IPv4Network | IPv6Network, ...]":
        from ipaddress import ip_network  # here since it is for the minority that keeps a list

        return tuple(map(ip_network, split(value)))

    return _optional(variable, (), read, "addresses or CIDR blocks separated by commas")


def split(value: str) -> tuple[str, ...]:
    """Return the parts of a list that is separated by commas."""
    return tuple(filter(None, (part.strip() for part in value.split(","))))


def _optional[T](variable: str, default: T, parse: Callable[[str], T], allowed: str) -> Setting[T]:
    def read(environ: Environment) -> T:
        value = environ.get(variable, "").strip()
        try:
            return parse(value) if value else default
        except ValueError:
            raise SettingsError(f"{variable} must be {allowed}") from None

    return Setting(frozenset([variable]), read)


def _id_form(prefix: str) -> str:
    return rf"{prefix}[A-Za-z0-9_-]{{1,100}}"


def _word(value: str) -> str:
    if not (value.isascii() and value.replace("-", "").replace("_", "").isalnum()):
        raise ValueError
    return value


def _matching(pattern: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError
        return value

    return read
