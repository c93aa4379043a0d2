"""Writes docs/openapi.json: `python -m tools.openapi`."""

from tools.openapi.document import PATH, as_text, document

PATH.write_text(as_text(document()))
print(f"wrote {PATH}")
