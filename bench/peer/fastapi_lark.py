"""FastAPI behind Mangum, Lark's SDK, one put of boto3."""

import os
from typing import Any

import boto3
import lark_oapi
from fastapi import FastAPI, Request, Response
from lark_oapi.api.im.v1 import P2ImMessageReceiveV1
from lark_oapi.core.model import RawRequest
from mangum import Mangum

dynamodb = boto3.client("dynamodb")
app = FastAPI()


def store(message: P2ImMessageReceiveV1) -> None:
    item = {
        "eventId": {"S": message.header.event_id},
        "type": {"S": message.header.event_type},
        "payload": {"S": lark_oapi.JSON.marshal(message.event)},
    }
    dynamodb.put_item(
        TableName=os.environ["EVENTS_TABLE"], Item=item, ConditionExpression="attribute_not_exists(eventId)"
    )


dispatcher = (
    lark_oapi.EventDispatcherHandler.builder(
        os.environ["LARK_ENCRYPT_KEY"], os.environ["LARK_VERIFICATION_TOKEN"]
    )
    .register_p2_im_message_receive_v1(store)
    .build()
)


@app.post("/webhook/event")
async def receive(request: Request) -> Response:
    raw = RawRequest()
    raw.uri, raw.body = request.url.path, await request.body()
    raw.headers = {name.title(): value for name, value in request.headers.items()}
    answer = dispatcher.do(raw)
    return Response(answer.content, answer.status_code, media_type="application/json")


_mangum = Mangum(app, lifespan="off")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return _mangum(event, context)
