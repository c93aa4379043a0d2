"""Where the clicks on buttons in Lark Base are forwarded to, as the owner of the API key wants it.

Shapes: this project's own, in snake case, with `success` and `data`.
"""

from typing import Annotated, Any, Literal, TypedDict

from pydantic import AfterValidator, Field, StrictBool, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from larkbridge.admin.access import owner_of
from larkbridge.admin.requests import FeishuRequest, LarkId
from larkbridge.clock import Clock, to_text
from larkbridge.routes import Answer, Body, Call, Route, Scope
from larkbridge.settings import AdminApiSettings
from larkbridge.shapes import Note
from larkbridge.store.button_configs import RESULT_FIELD, ButtonConfig, ButtonConfigStore


def _public_address(url: str, info: ValidationInfo) -> str:
    # Imported here since it brings httpx along, and no other request needs it.
    from larkbridge.public_http_client import ForbiddenAddressError, check_url

    try:
        check_url(url, local_origin=info.context)
    except ForbiddenAddressError as error:
        raise PydanticCustomError("address", "Input {reason}", {"reason": str(error)}) from None
    return url


type _FieldName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
_ADDRESS = Note("Where clicks go to: https, and a public host.", examples=["https://receiver.example/clicks"])
_RESULT = Note("The record's field that takes the result, null when there is none.", examples=["Kết quả"])


class SaveButtonConfig(FeishuRequest):
    """Its context is the one origin that may be forwarded to though it is neither https nor public."""

    app_token: Annotated[
        LarkId, Note("The Lark Base's token, as in its address.", examples=["bascnHoaSen01"])
    ]
    table_id: Annotated[LarkId, Note("The table's id, as in its address.", examples=["tblLop3A"])]
    webhook_url: Annotated[str, Field(max_length=2000), AfterValidator(_public_address), _ADDRESS]
    enabled: Annotated[StrictBool, Note("Whether clicks are forwarded.", examples=[True])] = True
    result_field: Annotated[_FieldName | None, _RESULT] = RESULT_FIELD


class ConfigData(TypedDict):
    app_token: str | None
    table_id: str | None
    webhook_url: str | None
    enabled: bool | None
    result_field: str | None


class ShownButtonConfig(TypedDict):
    success: Literal[True]
    data: ConfigData


class ButtonConfigs:
    """Serves the routes of /v1/feishu/config."""

    def __init__(self, settings: AdminApiSettings, clock: Clock) -> None:
        self._store = ButtonConfigStore(settings.button_configs_table)
        self._local_origin = settings.local_origin
        self._clock = clock

    def get(self, call: Call) -> ShownButtonConfig:
        return _shown(self._store.get(owner_of(call.caller)))

    def check(self, fields: dict[str, Any]) -> SaveButtonConfig:
        return SaveButtonConfig.read(fields, context=self._local_origin)

    def save(self, call: Call[None, SaveButtonConfig]) -> ShownButtonConfig:
        now = to_text(self._clock.now())
        config = ButtonConfig(owner=owner_of(call.caller), **call.body.model_dump(), updated_at=now)
        self._store.put(config)
        return _shown(config)


ROUTES = (
    Route(
        "GET",
        "/v1/feishu/config",
        Scope.READ,
        name="getButtonConfig",
        summary="Where clicks are forwarded to, as the owner of the key wants it",
        tag="buttons",
        answer=Answer(ShownButtonConfig, "The configuration; all null when there is none."),
        handle=ButtonConfigs.get,
    ),
    Route(
        "POST",
        "/v1/feishu/config",
        Scope.WRITE,
        name="saveButtonConfig",
        summary="Replace the configuration of the key's owner",
        tag="buttons",
        body=Body(SaveButtonConfig, ButtonConfigs.check),
        answer=Answer(ShownButtonConfig, "Stored."),
        handle=ButtonConfigs.save,
    ),
)


def _shown(config: ButtonConfig | None) -> ShownButtonConfig:
    """Return an owner's configuration; all null when there is none."""
    names: Any = ConfigData.__annotations__
    data: Any = {name: getattr(config, name, None) for name in names}
    return {"success": True, "data": data}
