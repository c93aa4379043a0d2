"""Writes the pages as they are served, and compiles their templates: `python -m larkbridge.pages.build`.

The layer's Makefile runs it. What it writes follows from the forms' models, the templates and the texts.
"""

import base64
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from larkbridge.forms.catalogue import FORMS
from larkbridge.pages.connect_texts import CONNECT_TEXTS
from larkbridge.pages.prebuilt import BUILT, CONNECT_POLICY, LANGUAGES, POLICY
from larkbridge.pages.render import TEMPLATES, environment_of, form_template, rendered

FIXED = ("sent", "withdrawn", "not-withdrawn", "link-invalid")
_SOURCES = Path(__file__).parent / TEMPLATES


def build(folder: Path) -> None:
    """Write every page of `prebuilt.page` and the compiled templates of `render` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    templates = environment_of(FileSystemLoader(_SOURCES))
    for language in LANGUAGES:
        for form in FORMS:
            html = form_template(templates, form, language, None)
            (folder / f"{form.path[1:]}.{language}.html").write_text(html, encoding="utf-8")
        for name in FIXED:
            html = rendered(templates, f"{name}.html", language)
            (folder / f"{name}.{language}.html").write_text(html, encoding="utf-8")
        for name, html in _connect_pages(templates, language):
            (folder / f"{name}.{language}.html").write_text(html, encoding="utf-8")
    (folder / CONNECT_POLICY).write_text(connect_policy(templates), encoding="utf-8")
    (folder / POLICY).write_text(policy(templates), encoding="utf-8")
    templates.compile_templates(folder / TEMPLATES, zip=None)


def _connect_pages(templates: Environment, language: str) -> Iterator[tuple[str, str]]:
    """Yield the pages on which people connect their Lark account, each with its name."""
    said = CONNECT_TEXTS[language]
    yield "connect-start", rendered(templates, "connect-start.html", language, said=said)
    for end, page in said.pages.items():
        html = rendered(templates, "connect-end.html", language, said=said, page=page, end=end)
        yield f"connect-{end}", html


def connect_policy(templates: Environment) -> str:
    """Return the policy of the pages that lead to Lark, which have no script.

    Browsers hold the redirects that follow a form to `form-action` too, up to Lark's own.
    """
    style = templates.get_template("style.css").render()
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src '{_hash(style)}'",
            "form-action 'self' <=lark_origins>",
            "img-src <?logo_origin><=logo_origin><?><?!logo_origin>'none'<?>",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


def policy(templates: Environment) -> str:
    """Return the Content-Security-Policy, which lets the pages' own style and script run by their hashes."""
    style, script = (templates.get_template(name).render() for name in ("style.css", "form.js"))
    uploads = "<?upload_origin> <=upload_origin><?>"
    turnstile = "<?turnstile_site_key>https://challenges.cloudflare.com<?>"
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src '{_hash(style)}'",
            f"script-src '{_hash(script)}' {turnstile}",
            f"connect-src 'self'{uploads}",
            f"form-action 'self'{uploads}",
            "img-src <?logo_origin><=logo_origin><?><?!logo_origin>'none'<?>",
            f"frame-src <?!turnstile_site_key>'none'<?>{turnstile}",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ]
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


if __name__ == "__main__":
    build(Path(sys.argv[1] if len(sys.argv) > 1 else BUILT))
