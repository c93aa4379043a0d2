"""GET /health and the admin API under /v1."""

import boto3

from larkbridge import aws
from larkbridge.wiring.admin import admin_api

aws.make_clients_with(boto3.Session().client)
handler = admin_api()
