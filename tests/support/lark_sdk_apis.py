"""lark-oapi, unchanged, behind the names that the contract suite has for it and for Larkbridge's client."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from tests.support.clock import SimulatedClock

APP_ID = "cli_sdk"
APP_SECRET = "sdk-secret"

type Card = Mapping[str, Any]
type Time = datetime | date


class SdkRefusedError(Exception):
    """The SDK was answered with an error."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class SdkApis:
    """lark-oapi, unchanged; a user's token needs a client of its own (``enable_set_token``)."""

    def __init__(self, lark: Any, url: str, clock: SimulatedClock, user_token: str) -> None:
        builder = lark.Client.builder().app_id(APP_ID).app_secret(APP_SECRET).domain(url)
        self._lark, self._clock, self._client = lark, clock, builder.build()
        self._option = lark.RequestOption.builder().user_access_token(user_token).build()
        self._user_client = lark.Client.builder().domain(url).enable_set_token(True).build()
        self._im, self._task = lark.api.im.v1, lark.api.task.v2
        self._calendar, self._contact = lark.api.calendar.v4, lark.api.contact.v3
        self._drive = lark.api.drive.v1

    def send_card(self, open_id: str, card: Card, uuid: str) -> str:
        body = self._im.CreateMessageRequestBody.builder().receive_id(open_id).msg_type("interactive")
        body = body.content(json.dumps(card)).uuid(uuid).build()
        request = self._im.CreateMessageRequest.builder().receive_id_type("open_id").request_body(body)
        return _data(self._client.im.v1.message.create(request.build())).message_id

    def reply(self, message_id: str, words: str, uuid: str, *, in_thread: bool = False) -> str:
        body = self._im.ReplyMessageRequestBody.builder().msg_type("text").reply_in_thread(in_thread)
        body = body.content(json.dumps({"text": words})).uuid(uuid).build()
        request = self._im.ReplyMessageRequest.builder().message_id(message_id).request_body(body)
        return _data(self._client.im.v1.message.reply(request.build())).message_id

    def update_card(self, token: str, card: Card) -> None:
        request = self._lark.BaseRequest.builder().http_method(self._lark.HttpMethod.POST)
        request = request.uri("/open-apis/interactive/v1/card/update").body({"token": token, "card": card})
        request = request.token_types({self._lark.AccessTokenType.TENANT})
        _require_success(self._client.request(request.build()))

    def patch_card(self, message_id: str, card: Card) -> None:
        body = self._im.PatchMessageRequestBody.builder().content(json.dumps(card)).build()
        request = self._im.PatchMessageRequest.builder().message_id(message_id).request_body(body)
        _require_success(self._client.im.v1.message.patch(request.build()))

    def primary_calendar(self) -> str:
        request = self._calendar.PrimaryCalendarRequest.builder().user_id_type("open_id")
        [own] = _data(self._client.calendar.v4.calendar.primary(request.build())).calendars
        return own.calendar.calendar_id

    def create_event(self, calendar_id: str, summary: str, start: Time, end: Time, key: str) -> str:
        body = self._calendar.CalendarEvent.builder().summary(summary)
        body = body.start_time(self._time_info(start)).end_time(self._time_info(end)).build()
        request = self._calendar.CreateCalendarEventRequest.builder().calendar_id(calendar_id)
        request = request.idempotency_key(key).request_body(body)
        return _data(self._client.calendar.v4.calendar_event.create(request.build())).event.event_id

    def events(self, calendar_id: str, start: datetime, end: datetime) -> list[tuple[str, Time, Time]]:
        request = self._calendar.ListCalendarEventRequest.builder().calendar_id(calendar_id)
        request = request.start_time(f"{start.timestamp():.0f}").end_time(f"{end.timestamp():.0f}")
        found = _data(self._client.calendar.v4.calendar_event.list(request.page_size(1000).build())).items
        return [(one.summary, _calendar_time(one.start_time), _calendar_time(one.end_time)) for one in found]

    def create_task(self, summary: str, due: Time | None, assignee: str, token: str) -> str:
        member = self._task.Member.builder().id(assignee).type("user").role("assignee").build()
        body = self._task.InputTask.builder().summary(summary).members([member]).client_token(token)
        if due is not None:
            body = body.due(self._due(due))
        request = self._task.CreateTaskRequest.builder().request_body(body.build())
        return _data(self._client.task.v2.task.create(request.build())).task.guid

    def task(self, guid: str) -> tuple[str, Time | None, bool]:
        request = self._task.GetTaskRequest.builder().task_guid(guid).build()
        task = _data(self._client.task.v2.task.get(request)).task
        return task.summary, _task_time(task.due), task.completed_at != "0"

    def my_tasks(self, *, completed: bool | None = None) -> list[str]:
        found, page_token = [], None
        while True:
            request = self._task.ListTaskRequest.builder().type("my_tasks").page_size(3)
            request = request if completed is None else request.completed(completed)
            request = request if page_token is None else request.page_token(page_token)
            page = _data(self._user_client.task.v2.task.list(request.build(), self._option))
            found += [task.summary for task in page.items]
            if not page.has_more:
                return found
            page_token = page.page_token

    def complete_task(self, guid: str) -> None:
        self._set_completed(guid, int(self._clock.timestamp() * 1000))

    def reopen_task(self, guid: str) -> None:
        self._set_completed(guid, 0)

    def _set_completed(self, guid: str, moment: int) -> None:
        task = self._task.InputTask.builder().completed_at(moment).build()
        body = self._task.PatchTaskRequestBody.builder().task(task).update_fields(["completed_at"]).build()
        request = self._task.PatchTaskRequest.builder().task_guid(guid).request_body(body).build()
        _require_success(self._client.task.v2.task.patch(request))

    def person(self, user_id: str, id_type: str) -> tuple[str | None, str | None]:
        request = self._contact.GetUserRequest.builder().user_id(user_id).user_id_type(id_type).build()
        user = _data(self._client.contact.v3.user.get(request)).user
        return user.name, user.mobile

    def ids_of(self, emails: Sequence[str], mobiles: Sequence[str]) -> dict[str, str]:
        body = self._contact.BatchGetIdUserRequestBody.builder().emails(list(emails)).mobiles(list(mobiles))
        request = self._contact.BatchGetIdUserRequest.builder().user_id_type("open_id")
        found = _data(self._client.contact.v3.user.batch_get_id(request.request_body(body.build()).build()))
        return {one.email or one.mobile: one.user_id for one in found.user_list if one.user_id}

    def subscribe(self, app_token: str) -> None:
        request = self._drive.SubscribeFileRequest.builder().file_token(app_token).file_type("bitable")
        _require_success(self._client.drive.v1.file.subscribe(request.build()))

    def is_subscribed(self, app_token: str) -> bool:
        request = self._drive.GetSubscribeFileRequest.builder().file_token(app_token).file_type("bitable")
        return _data(self._client.drive.v1.file.get_subscribe(request.build())).is_subscribe

    def unsubscribe(self, app_token: str) -> None:
        request = self._drive.DeleteSubscribeFileRequest.builder().file_token(app_token).file_type("bitable")
        _require_success(self._client.drive.v1.file.delete_subscribe(request.build()))

    def _time_info(self, time: Time) -> Any:
        info = self._calendar.TimeInfo.builder()
        if isinstance(time, datetime):
            return info.timestamp(f"{time.timestamp():.0f}").build()
        return info.date(time.isoformat()).build()

    def _due(self, due: Time) -> Any:
        is_all_day = not isinstance(due, datetime)
        moment = datetime(due.year, due.month, due.day, tzinfo=UTC) if is_all_day else due
        builder = self._task.Due.builder().timestamp(int(moment.timestamp() * 1000))
        return builder.is_all_day(is_all_day).build()


def _require_success(response: Any) -> None:
    if not response.success():
        raise SdkRefusedError(response.code)


def _data(response: Any) -> Any:
    _require_success(response)
    return response.data


def _calendar_time(info: Any) -> Time:
    if info.date:
        return date.fromisoformat(info.date)
    return datetime.fromtimestamp(int(info.timestamp), UTC)


def _task_time(due: Any) -> Time | None:
    if due is None:
        return None
    moment = datetime.fromtimestamp(int(due.timestamp) / 1000, UTC)
    return moment.date() if due.is_all_day else moment
