"""Where people connect their Lark account: GET and POST /oauth/start, GET /oauth/callback."""

from larkbridge.wiring.connect_pages import authorize_user

handler = authorize_user()
