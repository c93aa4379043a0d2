"""Files: GET /files/{fileId}, and the admin's routes under /v1/files."""

from larkbridge.wiring.serving_files import serve_files

handler = serve_files()
