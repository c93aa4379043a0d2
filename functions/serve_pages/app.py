"""GET on each form: its page."""

from larkbridge.wiring.page_serving import serve_pages

handler = serve_pages()
