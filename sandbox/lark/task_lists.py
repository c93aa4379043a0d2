"""Task lists and their sections.

Sources: open platform documentation, "List tasklists", "Get tasks of tasklist", "List section" and "List
tasks of section": their limits and error codes. What they leave open, and is assumed here: a list has a
default section, and so have a person's own tasks.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.faults import FaultSwitch
from sandbox.lark.envelope import RefusedError
from sandbox.lark.platform import Platform
from sandbox.lark.scopes import READ_SECTIONS, READ_TASK_LISTS
from sandbox.lark.task_values import ErrorCode, bad_request, is_wanted, page_of
from sandbox.routing import Request, Route

LISTS_PATH = "/open-apis/task/v2/tasklists"
SECTIONS_PATH = "/open-apis/task/v2/sections"
API_RATE = 50
_READERS = frozenset({"owner", "editor", "viewer"})


@dataclass(frozen=True, slots=True)
class TaskList:
    """A list; `roles` are of people and apps by their ids, `sections` names by guid, the default first."""

    name: str
    roles: dict[str, str]
    sections: dict[str, str] = field(default_factory=dict[str, str])


class TaskLists:
    """Everybody's lists, by their guids.

    Parameters
    ----------
    tasks
        All tasks, by their guids.

    Attributes
    ----------
    places
        The lists that each task is in, each with the section.
    """

    def __init__(
        self, app_id: str, owner: Callable[[Request], str | None], tasks: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self.all: dict[str, TaskList] = {}
        self.places: dict[str, dict[str, str]] = {}
        self._app_id = app_id
        self._owner = owner
        self._tasks = tasks

    def put(self, name: str, owner: str, **roles: str) -> str:
        """Make a list as a person does and return its guid; `roles`: ``editor`` or ``viewer`` by open id."""
        guid = str(uuid.uuid4())
        self.all[guid] = TaskList(name, {owner: "owner", **roles})
        self.put_section(guid, "Mặc định")
        return guid

    def put_section(self, list_guid: str, name: str) -> str:
        """Make a section of a list and return its guid."""
        guid = str(uuid.uuid4())
        self.all[list_guid].sections[guid] = name
        return guid

    def add(self, task_guid: str, list_guid: str, section_guid: str | None = None) -> None:
        """Put a task into a list."""
        sections = self.all[list_guid].sections
        self.places.setdefault(task_guid, {})[list_guid] = section_guid or next(iter(sections))

    def wanted(self, value: object, caller: str) -> dict[str, str]:
        """Return the places that a new task is to be in; raises `RefusedError`."""
        places: dict[str, str] = {}
        given = value or []
        if not isinstance(given, list):
            raise bad_request("tasklists")
        for one in given:
            guid = one.get("tasklist_guid") if isinstance(one, dict) else None
            found = self.all.get(guid) if isinstance(guid, str) else None
            if found is None or guid is None:
                raise bad_request("tasklists")
            if found.roles.get(caller) not in ("owner", "editor"):
                raise RefusedError(ErrorCode.FORBIDDEN, "no permission to edit the list", 403)
            section = one.get("section_guid") or next(iter(found.sections))
            if section not in found.sections:
                raise bad_request("section_guid")
            places[guid] = section
        return places

    def reads(self, task_guid: str, caller: str) -> bool:
        """Say whether somebody may read a task because of a list that it is in."""
        return any(self.all[guid].roles.get(caller) in _READERS for guid in self.places.get(task_guid, ()))

    def edits(self, task_guid: str, caller: str) -> bool:
        """Say whether somebody may edit a task because of a list that it is in."""
        editors = ("owner", "editor")
        return any(self.all[guid].roles.get(caller) in editors for guid in self.places.get(task_guid, ()))

    def routes(self, platform: Platform, faults: FaultSwitch) -> list[Route]:
        """Return the APIs of lists and sections."""

        def route(path: str, process: Callable[[Request], dict[str, Any]], scopes: tuple[str, ...]) -> Route:
            return platform.route("GET", path, faults, API_RATE, process, user=True, scopes=scopes)

        return [
            route(LISTS_PATH, self._lists, READ_TASK_LISTS),
            route(f"{LISTS_PATH}/{{guid}}/tasks", self._tasks_of_list, READ_TASK_LISTS),
            route(SECTIONS_PATH, self._sections, READ_SECTIONS),
            route(f"{SECTIONS_PATH}/{{guid}}/tasks", self._tasks_of_section, READ_SECTIONS),
        ]

    def _lists(self, request: Request) -> dict[str, Any]:
        caller = self._caller(request)
        mine = {guid: one for guid, one in self.all.items() if one.roles.get(caller) in _READERS}
        return page_of([{"guid": guid, "name": one.name} for guid, one in mine.items()], request.query)

    def _tasks_of_list(self, request: Request) -> dict[str, Any]:
        guid = request.params["guid"]
        self._readable(guid, self._caller(request))
        return self._page([task for task, places in self.places.items() if guid in places], request)

    def _sections(self, request: Request) -> dict[str, Any]:
        kind, guid = request.query.get("resource_type"), request.query.get("resource_id", "")
        if kind == "my_tasks":
            own = {"guid": f"mine-{self._caller(request)}", "name": "Mặc định", "is_default": True}
            return page_of([own], request.query)
        if kind != "tasklist":
            raise bad_request("resource_type")
        sections = self._readable(guid, self._caller(request)).sections
        default = next(iter(sections))
        found = [{"guid": one, "name": name, "is_default": one == default} for one, name in sections.items()]
        return page_of(found, request.query)

    def _tasks_of_section(self, request: Request) -> dict[str, Any]:
        guid, caller = request.params["guid"], self._caller(request)
        holders = [list_guid for list_guid, one in self.all.items() if guid in one.sections]
        if not holders:
            raise RefusedError(ErrorCode.NOT_FOUND, "the section does not exist", 404)
        self._readable(holders[0], caller)
        return self._page([task for task, places in self.places.items() if guid in places.values()], request)

    def _page(self, guids: list[str], request: Request) -> dict[str, Any]:
        tasks = [self._tasks[guid] for guid in guids if guid in self._tasks]
        shown = [_summary(task) for task in tasks if is_wanted(task, request.query)]
        return page_of(shown, request.query)

    def _readable(self, guid: str, caller: str) -> TaskList:
        found = self.all.get(guid)
        if found is None:
            raise RefusedError(ErrorCode.NOT_FOUND, "the list does not exist", 404)
        if found.roles.get(caller) not in _READERS:
            raise RefusedError(ErrorCode.FORBIDDEN, "no permission to read the list", 403)
        return found

    def _caller(self, request: Request) -> str:
        return self._owner(request) or self._app_id


def _summary(task: Mapping[str, Any]) -> dict[str, Any]:
    names = ("guid", "summary", "completed_at", "start", "due", "members")
    return {name: task[name] for name in names if name in task} | {"subtask_count": 0}
