"""Task lists, their sections, and the tasks in them.

Protocol (open platform documentation, "List tasklists", "Get tasks of tasklist", "List section" and "List
tasks of section"): who is no member of a list is refused; a list gives tasks without their descriptions.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple

from larkbridge.lark.api_values import each, incomplete, segment
from larkbridge.lark.client import LarkClient
from larkbridge.lark.task_values import Task, task_of
from larkbridge.lark.tasks import PAGE_SIZE, listed

_LISTS = "/task/v2/tasklists"
_SECTIONS = "/task/v2/sections"
_READ_LISTS = ("task:tasklist:read",)
_READ_SECTIONS = ("task:section:read",)


class TaskList(NamedTuple):
    """A list of tasks."""

    guid: str
    name: str


class Section(NamedTuple):
    """A part of a list, or of a person's own tasks."""

    guid: str
    name: str
    is_default: bool


class TaskLists:
    """The lists of the app, or of the person whose access token is given.

    Each method yields what it finds page by page, and raises `LarkApiError`.

    Attributes
    ----------
    SCOPES
        Which scopes each method needs.
    """

    SCOPES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "all": _READ_LISTS,
        "tasks": _READ_LISTS,
        "sections": _READ_SECTIONS,
        "own_sections": _READ_SECTIONS,
        "tasks_of_section": _READ_SECTIONS,
    }

    def __init__(self, client: LarkClient, user_token: str | None = None) -> None:
        self._client = client
        self._user_token = user_token

    def all(self) -> Iterator[TaskList]:
        """Yield the lists that the person or app is a member of."""
        return map(_list_of, self._each(_LISTS, listed(None)))

    def tasks(self, list_guid: str, *, completed: bool | None = None) -> Iterator[Task]:
        """Yield the tasks of a list: all, the completed or the open ones."""
        return map(task_of, self._each(f"{_LISTS}/{segment(list_guid)}/tasks", listed(completed)))

    def sections(self, list_guid: str) -> Iterator[Section]:
        """Yield the sections of a list."""
        query = {"resource_type": "tasklist", "resource_id": segment(list_guid), "page_size": str(PAGE_SIZE)}
        return map(_section_of, self._each(_SECTIONS, query))

    def own_sections(self) -> Iterator[Section]:
        """Yield the sections of the tasks that the person is responsible for."""
        query = {"resource_type": "my_tasks", "page_size": str(PAGE_SIZE)}
        return map(_section_of, self._each(_SECTIONS, query))

    def tasks_of_section(self, section_guid: str, *, completed: bool | None = None) -> Iterator[Task]:
        """Yield the tasks of a section: all, the completed or the open ones."""
        return map(task_of, self._each(f"{_SECTIONS}/{segment(section_guid)}/tasks", listed(completed)))

    def _each(self, path: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        def page(query: dict[str, str]) -> dict[str, Any]:
            return self._client.call("GET", path, query=query, user_token=self._user_token)

        return each(page, "items", query)


def _list_of(item: Mapping[str, Any]) -> TaskList:
    return TaskList(_guid(item), str(item.get("name") or ""))


def _section_of(item: Mapping[str, Any]) -> Section:
    return Section(_guid(item), str(item.get("name") or ""), item.get("is_default") is True)


def _guid(item: Mapping[str, Any]) -> str:
    guid = item.get("guid")
    if not isinstance(guid, str) or not guid:
        raise incomplete("the answer has a list or section without its guid")
    return guid
