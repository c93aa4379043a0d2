"""Which scopes the APIs take: one of those that an API names is enough, the narrowest stands first.

Sources: open platform documentation, "Required scopes" of each API, and github.com/larksuite/openclaw-lark,
src/core/tool-scopes.ts, for the names that came after it.
"""

type Scopes = tuple[str, ...]

OFFLINE_ACCESS = "offline_access"
_CALENDAR = "calendar:calendar"
_CALENDAR_READ = "calendar:calendar:readonly"
_MESSAGE = "im:message"
_MESSAGE_READ = "im:message:readonly"
_CONTACT = "contact:contact:readonly_as_app"

READ_CALENDARS: Scopes = ("calendar:calendar:read", _CALENDAR_READ, _CALENDAR)
READ_EVENTS: Scopes = ("calendar:calendar.event:read", _CALENDAR_READ, _CALENDAR)
CREATE_EVENTS: Scopes = ("calendar:calendar.event:create", _CALENDAR)
UPDATE_EVENTS: Scopes = ("calendar:calendar.event:update", _CALENDAR)
DELETE_EVENTS: Scopes = ("calendar:calendar.event:delete", _CALENDAR)
READ_FREE_BUSY: Scopes = ("calendar:calendar.free_busy:read", _CALENDAR_READ, _CALENDAR)

READ_TASKS: Scopes = ("task:task:read", "task:task:write")
WRITE_TASKS: Scopes = ("task:task:write", "task:task:writeonly")
DELETE_TASKS: Scopes = ("task:task:write",)
READ_TASK_LISTS: Scopes = ("task:tasklist:read", "task:tasklist:write")
READ_SECTIONS: Scopes = ("task:section:read", "task:section:write")

READ_PERSON: Scopes = ("contact:contact.base:readonly", _CONTACT)
READ_DEPARTMENT: Scopes = ("contact:contact.base:readonly", _CONTACT, "contact:department.organize:readonly")
FIND_IDS: Scopes = ("contact:user.id:readonly",)
SEARCH_PEOPLE: Scopes = ("contact:user:search",)

SEND_MESSAGES: Scopes = ("im:message:send_as_bot", _MESSAGE)
READ_MESSAGES: Scopes = (_MESSAGE_READ, _MESSAGE)
RECALL_MESSAGES: Scopes = ("im:message:recall", "im:message:send_as_bot", _MESSAGE)
UPDATE_MESSAGES: Scopes = ("im:message:update", "im:message:send_as_bot", _MESSAGE)
WRITE_REACTIONS: Scopes = ("im:message.reactions:write_only", _MESSAGE)

READ_RECORDS: Scopes = ("base:record:retrieve", "bitable:app:readonly", "bitable:app")
CREATE_RECORDS: Scopes = ("base:record:create", "bitable:app")
UPDATE_RECORDS: Scopes = ("base:record:update", "bitable:app")
DELETE_RECORDS: Scopes = ("base:record:delete", "bitable:app")
READ_FIELDS: Scopes = ("base:field:read", "bitable:app:readonly", "bitable:app")

PERSON_FIELDS = {
    "name": "contact:user.base:readonly",
    "email": "contact:user.email:readonly",
    "mobile": "contact:user.phone:readonly",
    "user_id": "contact:user.employee_id:readonly",
    "department_ids": "contact:user.department:readonly",
}
"""Without its scope a field of a person is left out."""
DEPARTMENT_NAME = "contact:department.base:readonly"
"""Without it a department has no name."""

EVERY_SCOPE = frozenset(
    {
        OFFLINE_ACCESS,
        *READ_CALENDARS,
        *READ_EVENTS,
        *CREATE_EVENTS,
        *UPDATE_EVENTS,
        *DELETE_EVENTS,
        *READ_FREE_BUSY,
        *READ_TASKS,
        *WRITE_TASKS,
        *READ_TASK_LISTS,
        *READ_SECTIONS,
        *READ_PERSON,
        *READ_DEPARTMENT,
        DEPARTMENT_NAME,
        *FIND_IDS,
        *SEARCH_PEOPLE,
        *SEND_MESSAGES,
        *READ_MESSAGES,
        *RECALL_MESSAGES,
        *UPDATE_MESSAGES,
        *WRITE_REACTIONS,
        *READ_RECORDS,
        *READ_FIELDS,
        *CREATE_RECORDS,
        *UPDATE_RECORDS,
        *DELETE_RECORDS,
        *PERSON_FIELDS.values(),
        "application:application:self_manage",
        "contact:user.basic_profile:readonly",
    }
)
"""All that the simulators know, and what an app has unless a test takes some away."""
