"""Puts the document together: each route of the template with its operation."""

import json
from typing import Any

from larkbridge import __version__
from tools.openapi import (
    buttons,
    content,
    deliveries,
    events,
    forms,
    health,
    refusals,
    rows,
    submissions,
    tables,
    webhooks,
    work,
)
from tools.openapi.routes import PROJECT, routes
from tools.openapi.schema import Operations, Schema

PATH = PROJECT / "docs" / "openapi.json"

PARTS = (forms, health, submissions, events, deliveries, content, tables, rows, buttons, webhooks)
OPERATIONS: Operations = {route: one for part in PARTS for route, one in part.OPERATIONS.items()}
SCHEMAS: dict[str, Schema] = {
    name: schema for part in (*PARTS, work, refusals) for name, schema in part.SCHEMAS.items()
}


def document() -> dict[str, Any]:
    """Return the whole document; raises KeyError for a route that nobody has described."""
    paths: dict[str, Schema] = {}
    for route in routes():
        paths.setdefault(route.path, {})[route.method.lower()] = OPERATIONS[str(route)]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Larkbridge",
            "version": __version__,
            "summary": "Enrolment forms and webhooks between Lark and the outside world.",
        },
        "servers": [
            {
                "url": "https://{apiId}.execute-api.{region}.amazonaws.com",
                "description": "The ApiUrl output of the stack.",
                "variables": {"apiId": {"default": "a1b2c3d4e5"}, "region": {"default": "ap-southeast-1"}},
            }
        ],
        "security": [{"apiKey": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "bearer": {"type": "http", "scheme": "bearer", "description": "The same key."},
                **webhooks.BUTTON_SECURITY,
            },
            "responses": refusals.responses(),
            "schemas": SCHEMAS,
        },
    }


def as_text(content: dict[str, Any]) -> str:
    """Return the document as it is committed."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
