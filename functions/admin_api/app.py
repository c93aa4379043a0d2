"""GET /health and the admin API under /v1."""

import boto3

from larkbridge import aws
from larkbridge.admin.api import AdminApi

aws.make_clients_with(boto3.Session().client)
handler = AdminApi().handler()
