"""lark-oapi, unchanged, acting for a person, behind the names of `tests.support.lark_people_clients`."""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from tests.support.lark_sdk_apis import APP_ID, APP_SECRET, SdkRefusedError


class SdkPeople:
    """A person's calendars, and the bot's messages and reactions.

    It has no calls for who the bot is and for finding people: there its plain requests are used.
    """

    def __init__(self, lark: Any, url: str, user_token: str) -> None:
        app = lark.Client.builder().app_id(APP_ID).app_secret(APP_SECRET).domain(url)
        self._lark, self._app = lark, app.build()
        self._person = lark.Client.builder().domain(url).enable_set_token(True).build()
        self._as_person = lark.RequestOption.builder().user_access_token(user_token).build()
        self._im, self._calendar, self._v2 = lark.api.im.v1, lark.api.calendar.v4, lark.api.task.v2

    def bot(self) -> str:
        return self._plain("GET", "/open-apis/bot/v3/info")["bot"]["open_id"]

    def search(self, query: str) -> list[tuple[str, str]]:
        request = self._lark.BaseRequest.builder().http_method(self._lark.HttpMethod.GET)
        request = request.uri("/open-apis/search/v1/user").queries([("query", query)])
        request = request.token_types({self._lark.AccessTokenType.USER}).build()
        response = self._person.request(request, self._as_person)
        _require_success(response)
        return [(one["open_id"], one["name"]) for one in json.loads(response.raw.content)["data"]["users"]]

    def department(self, department_id: str) -> str:
        request = self._lark.api.contact.v3.GetDepartmentRequest.builder().department_id(department_id)
        request = request.department_id_type("open_department_id").build()
        return _data(self._person.contact.v3.department.get(request, self._as_person)).department.name

    def react(self, message_id: str, emoji: str) -> str:
        kind = self._im.Emoji.builder().emoji_type(emoji).build()
        body = self._im.CreateMessageReactionRequestBody.builder().reaction_type(kind).build()
        request = self._im.CreateMessageReactionRequest.builder().message_id(message_id).request_body(body)
        return _data(self._app.im.v1.message_reaction.create(request.build())).reaction_id

    def unreact(self, message_id: str, reaction_id: str) -> None:
        request = self._im.DeleteMessageReactionRequest.builder().message_id(message_id)
        _data(self._app.im.v1.message_reaction.delete(request.reaction_id(reaction_id).build()))

    def message(self, message_id: str) -> tuple[str, str, dict[str, Any], bool]:
        request = self._im.GetMessageRequest.builder().message_id(message_id).build()
        [item] = _data(self._app.im.v1.message.get(request)).items
        return item.sender.id, item.chat_id, json.loads(item.body.content), item.deleted

    def recall(self, message_id: str) -> None:
        request = self._im.DeleteMessageRequest.builder().message_id(message_id).build()
        _require_success(self._app.im.v1.message.delete(request))

    def calendars(self) -> list[tuple[str, str]]:
        request = self._calendar.ListCalendarRequest.builder().page_size(50).build()
        found = _data(self._person.calendar.v4.calendar.list(request, self._as_person)).calendar_list
        return [(one.calendar_id, one.type) for one in found]

    def primary(self) -> str:
        request = self._calendar.PrimaryCalendarRequest.builder().build()
        [own] = _data(self._person.calendar.v4.calendar.primary(request, self._as_person)).calendars
        return own.calendar.calendar_id

    def create(self, calendar_id: str, summary: str, start: datetime, end: datetime, place: str) -> str:
        location = self._calendar.EventLocation.builder().name(place).build()
        body = self._calendar.CalendarEvent.builder().summary(summary).location(location)
        body = body.start_time(self._time(start)).end_time(self._time(end)).build()
        request = self._calendar.CreateCalendarEventRequest.builder().calendar_id(calendar_id)
        answer = self._events.create(request.request_body(body).build(), self._as_person)
        return _data(answer).event.event_id

    def rename(self, calendar_id: str, event_id: str, summary: str) -> str:
        body = self._calendar.CalendarEvent.builder().summary(summary).build()
        request = self._calendar.PatchCalendarEventRequest.builder().calendar_id(calendar_id)
        request = request.event_id(event_id).request_body(body).build()
        return _data(self._events.patch(request, self._as_person)).event.summary

    def cancel(self, calendar_id: str, event_id: str) -> None:
        request = self._calendar.DeleteCalendarEventRequest.builder().calendar_id(calendar_id)
        _require_success(self._events.delete(request.event_id(event_id).build(), self._as_person))

    def instances(self, calendar_id: str, start: datetime, end: datetime) -> list[tuple[str, datetime]]:
        request = self._calendar.InstanceViewCalendarEventRequest.builder().calendar_id(calendar_id)
        request = request.start_time(f"{start.timestamp():.0f}").end_time(f"{end.timestamp():.0f}").build()
        items = _data(self._events.instance_view(request, self._as_person)).items
        return [(one.summary, datetime.fromtimestamp(int(one.start_time.timestamp), UTC)) for one in items]

    def invite(self, calendar_id: str, event_id: str, open_ids: Collection[str]) -> list[tuple[str, str]]:
        v4 = self._calendar
        people = [v4.CalendarEventAttendee.builder().type("user").user_id(one).build() for one in open_ids]
        body = v4.CreateCalendarEventAttendeeRequestBody.builder().attendees(people).build()
        request = v4.CreateCalendarEventAttendeeRequest.builder().calendar_id(calendar_id).event_id(event_id)
        request = request.user_id_type("open_id").request_body(body).build()
        found = self._person.calendar.v4.calendar_event_attendee.create(request, self._as_person)
        return [(one.user_id, one.display_name) for one in _data(found).attendees]

    def busy(self, open_id: str, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        body = self._calendar.ListFreebusyRequestBody.builder().user_id(open_id)
        body = body.time_min(start.isoformat()).time_max(end.isoformat()).build()
        request = self._calendar.ListFreebusyRequest.builder().user_id_type("open_id").request_body(body)
        found = self._person.calendar.v4.freebusy.list(request.build(), self._as_person)
        return [_times(one) for one in _data(found).freebusy_list]

    def all_busy(
        self, open_ids: Collection[str], start: datetime, end: datetime
    ) -> dict[str, list[tuple[datetime, datetime]]]:
        body = self._calendar.BatchFreebusyRequestBody.builder().user_ids(list(open_ids))
        body = body.time_min(start.isoformat()).time_max(end.isoformat()).build()
        request = self._calendar.BatchFreebusyRequest.builder().user_id_type("open_id").request_body(body)
        found = _data(self._person.calendar.v4.freebusy.batch(request.build(), self._as_person))
        return {one.user_id: [_times(item) for item in one.freebusy_items] for one in found.freebusy_lists}

    def make_task(self, summary: str, description: str, assignee: str, follower: str) -> str:
        people = [(assignee, "assignee"), (follower, "follower")]
        members = [self._v2.Member.builder().id(one).type("user").role(role).build() for one, role in people]
        body = self._v2.InputTask.builder().summary(summary).description(description).members(members).build()
        request = self._v2.CreateTaskRequest.builder().request_body(body).build()
        return _data(self._tasks.task.create(request, self._as_person)).task.guid

    def change_task(self, guid: str, summary: str, *, cleared: str) -> tuple[str, str]:
        task = self._v2.InputTask.builder().summary(summary).build()
        body = self._v2.PatchTaskRequestBody.builder().task(task).update_fields(["summary", cleared]).build()
        request = self._v2.PatchTaskRequest.builder().task_guid(guid).request_body(body).build()
        changed = _data(self._tasks.task.patch(request, self._as_person)).task
        return changed.summary, changed.description or ""

    def delete_task(self, guid: str) -> None:
        request = self._v2.DeleteTaskRequest.builder().task_guid(guid).build()
        _require_success(self._tasks.task.delete(request, self._as_person))

    def task_lists(self) -> list[tuple[str, str]]:
        request = self._v2.ListTasklistRequest.builder().build()
        return [
            (one.guid, one.name) for one in _data(self._tasks.tasklist.list(request, self._as_person)).items
        ]

    def tasks_of_list(self, guid: str) -> list[str]:
        request = self._v2.TasksTasklistRequest.builder().tasklist_guid(guid).build()
        return [one.summary for one in _data(self._tasks.tasklist.tasks(request, self._as_person)).items]

    def sections(self, list_guid: str) -> list[tuple[str, str, bool]]:
        request = self._v2.ListSectionRequest.builder().resource_type("tasklist").resource_id(list_guid)
        found = _data(self._tasks.section.list(request.build(), self._as_person)).items
        return [(one.guid, one.name, one.is_default) for one in found]

    def tasks_of_section(self, guid: str) -> list[str]:
        request = self._v2.TasksSectionRequest.builder().section_guid(guid).build()
        return [one.summary for one in _data(self._tasks.section.tasks(request, self._as_person)).items]

    @property
    def _tasks(self) -> Any:
        return self._person.task.v2

    @property
    def _events(self) -> Any:
        return self._person.calendar.v4.calendar_event

    def _time(self, moment: datetime) -> Any:
        info = self._calendar.TimeInfo.builder().timestamp(f"{moment.timestamp():.0f}")
        return info.timezone("Asia/Ho_Chi_Minh").build()

    def _plain(self, method: str, uri: str) -> dict[str, Any]:
        request = self._lark.BaseRequest.builder().http_method(self._lark.HttpMethod[method]).uri(uri)
        request = request.token_types({self._lark.AccessTokenType.TENANT}).build()
        response = self._app.request(request)
        _require_success(response)
        return json.loads(response.raw.content)


def _times(item: Any) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(item.start_time), datetime.fromisoformat(item.end_time)


def _require_success(response: Any) -> None:
    if not response.success():
        raise SdkRefusedError(response.code)


def _data(response: Any) -> Any:
    _require_success(response)
    return response.data
