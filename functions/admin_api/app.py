"""GET /health and the admin API under /v1."""

from larkbridge import aws
from larkbridge.wiring.admin import admin_api

import boto3

aws.make_clients_with(boto3.Session().client)
handler = admin_api()
