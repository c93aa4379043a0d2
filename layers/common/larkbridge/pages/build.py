"""Writes the pages as they are served, and compiles their templates: `python -m larkbridge.pages.build`.

The layer's Makefile runs it. What it writes follows from the forms' models, the templates and the texts.
"""

import base64
import hashlib
import sys
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from larkbridge.forms.catalogue import FORMS
from larkbridge.pages.prebuilt import BUILT, LANGUAGES, POLICY
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
    (folder / POLICY).write_text(policy(templates), encoding="utf-8")
    templates.compile_templates(folder / TEMPLATES, zip=None)


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
