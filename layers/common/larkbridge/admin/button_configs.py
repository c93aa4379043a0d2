"""Where the clicks on buttons in Lark Base are forwarded to, as the owner of the API key wants it.

Shapes: this project's own, in snake case, with `success` and `data`.
"""

from typing import Any

from larkbridge.admin.call import Call, Routes
from larkbridge.admin.requests import SaveButtonConfig
from larkbridge.clock import Clock, to_text
from larkbridge.settings import Settings
from larkbridge.store.button_configs import ButtonConfig, ButtonConfigStore

_SHOWN = ("app_token", "table_id", "webhook_url", "enabled", "result_field")


def button_config_routes(settings: Settings, clock: Clock) -> Routes:
    """Return the routes of /v1/feishu/config."""
    store = ButtonConfigStore(settings.required("BUTTON_CONFIGS_TABLE"))
    local_origin = settings.text("LOCAL_ORIGIN")

    def get(call: Call) -> dict[str, Any]:
        return _shown(store.get(call.owner))

    def save(call: Call) -> dict[str, Any]:
        asked = SaveButtonConfig.read(call.fields(), context=local_origin)
        config = ButtonConfig(owner=call.owner, **asked.model_dump(), updated_at=to_text(clock.now()))
        store.put(config)
        return _shown(config)

    return {"GET /v1/feishu/config": get, "POST /v1/feishu/config": save}


def _shown(config: ButtonConfig | None) -> dict[str, Any]:
    """Return an owner's configuration; all null when there is none."""
    return {"success": True, "data": {name: getattr(config, name, None) for name in _SHOWN}}
