"""Colleagues, found as the person who asks. One call of Lark."""

from collections import Counter
from typing import Annotated, Any

from pydantic import Field

from larkbridge.agent.tools.as_person import Vault, as_person
from larkbridge.agent.tools.eyes import Eyes
from larkbridge.agent.tools.tool import Arguments, Asker, Result, Tool
from larkbridge.lark.client import LarkClient
from larkbridge.lark.contacts import FIELD_SCOPES, MAX_QUERY, Contacts, Person

SHOWN = 10


class PersonAsked(Arguments):
    name: Annotated[
        str,
        Field(description="The name, or a part of it.", min_length=1, max_length=MAX_QUERY, pattern=r"\S"),
    ]


class PeopleFinding:
    """Finds people as the person who asks."""

    def __init__(self, lark: LarkClient, vault: Vault) -> None:
        self._lark = lark
        self._vault = vault

    def tools(self) -> tuple[Tool, ...]:
        """Return the tool."""
        return (
            Tool(
                name="find_person",
                description=(
                    "Colleagues by name, the closest first, with the openId that other tools take. Where "
                    "several fit, ask which one is meant: people with namesakes are told apart by their "
                    "departments."
                ),
                arguments=PersonAsked,
                run=self._found,
                lark_scopes=(*Contacts.SCOPES["search"], FIELD_SCOPES["departments"]),
            ),
        )

    def _found(self, asker: Asker, asked: PersonAsked) -> Result:
        def read(token: str) -> list[Person]:
            return Contacts(self._lark, token).search(asked.name, limit=SHOWN + 1)

        found = as_person(asker, self._vault, read)
        names, eyes = Counter((one.name or "").casefold() for one in found), Eyes(asker)
        people = [_person(one, names[(one.name or "").casefold()] > 1, eyes) for one in found[:SHOWN]]
        return Result({"people": people, "thereAreMore": len(found) > SHOWN}, personal=True)


def _person(one: Person, has_namesake: bool, eyes: Eyes) -> dict[str, Any]:
    known: dict[str, Any] = {"openId": one.open_id, "name": eyes.text(one.name or "")}
    return known | {"departments": list(one.departments), "hasNamesake": has_namesake}
