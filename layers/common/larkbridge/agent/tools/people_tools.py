"""Colleagues, found as the person who asks. One call of Lark, and one for each department of namesakes."""

from collections import Counter
from typing import Annotated, Any

from pydantic import Field

from larkbridge.agent.tools.as_person import Vault, as_person
from larkbridge.agent.tools.redaction import Redactor
from larkbridge.agent.tools.tool import Arguments, Asker, Result, Tool
from larkbridge.lark.api_error import LarkApiError
from larkbridge.lark.client import LarkClient
from larkbridge.lark.contacts import FIELD_SCOPES, MAX_QUERY, Contacts, Person
from larkbridge.lark.permissions import UserTokenInvalidError
from larkbridge.observability import logger

SHOWN = 10
MAX_DEPARTMENTS = 10
"""So many departments of namesakes are asked for by name."""


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
                    "several fit, ask which one is meant: people of one name have their departments too."
                ),
                arguments=PersonAsked,
                run=self._found,
                lark_scopes=tuple(
                    dict.fromkeys(
                        (
                            *Contacts.SCOPES["search"],
                            FIELD_SCOPES["departments"],
                            *Contacts.SCOPES["department"],
                        )
                    )
                ),
            ),
        )

    def _found(self, asker: Asker, asked: PersonAsked) -> Result:
        def read(token: str) -> tuple[list[Person], dict[str, str]]:
            contacts = Contacts(self._lark, token)
            found = contacts.search(asked.name, limit=SHOWN + 1)
            return found, _departments(contacts, _namesakes(found[:SHOWN]))

        found, departments = as_person(asker, self._vault, read)
        namesakes, redactor = _namesakes(found[:SHOWN]), Redactor(asker, is_own=True)
        people: list[dict[str, Any]] = []
        for one in found[:SHOWN]:
            named = [
                redactor.text(departments.get(department) or department) for department in one.departments
            ]
            told = {"departments": named} if one in namesakes else {}
            people.append({"openId": one.open_id, "name": redactor.text(one.name or "")} | told)
        return Result({"people": people, "thereAreMore": len(found) > SHOWN}, personal=True)


def _namesakes(people: list[Person]) -> list[Person]:
    """Return those who share their name with another."""
    names = Counter((one.name or "").casefold() for one in people)
    return [one for one in people if names[(one.name or "").casefold()] > 1]


def _departments(contacts: Contacts, people: list[Person]) -> dict[str, str]:
    """Return the names of people's departments by their ids, as far as they can be seen."""
    ids = dict.fromkeys(department for one in people for department in one.departments)
    names: dict[str, str] = {}
    try:
        for department in [*ids][:MAX_DEPARTMENTS]:
            names[department] = contacts.department(department)
    except UserTokenInvalidError:
        raise
    except LarkApiError as error:
        logger.info("departments have no names", reason=error.outcome.reason)
    return names
