"""The pages of Lark's accounts site, as far as a person presses anything there."""

from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import urlencode

from sandbox.lark.contacts import Person
from sandbox.lark.words import words_of
from sandbox.routing import Reply

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><title>{title}</title></head>
<body><main><h1>{title}</h1>
{content}
</main></body>
</html>
"""


def page(title: str, content: str, status: int = 200) -> Reply:
    """Return a page; `content` is HTML."""
    html = _PAGE.format(title=escape(title), content=content)
    return Reply(status, html.encode(), {"Content-Type": "text/html; charset=utf-8"})


def message_page(title: str, words: str, status: int = 200) -> Reply:
    """Return a page that says something."""
    return page(title, f"<p>{escape(words)}</p>", status)


def question_page(
    title: str, action: str, scopes: Iterable[str], people: Iterable[Person], hidden: Mapping[str, str]
) -> Reply:
    """Return the page that asks a person, one of several, whether they agree; it posts to `action`.

    The form has the fields `open_id` and `answer` (``agree`` or ``refuse``), and the hidden ones.
    """
    listed = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in scopes)
    choices = "".join(
        f'<p><label><input type="radio" name="open_id" value="{escape(person.open_id)}"'
        f"{' checked' if first == 0 else ''}> {escape(person.name)} ({escape(person.email)})</label></p>"
        for first, person in enumerate(people)
    )
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in hidden.items()
    )
    return page(
        title,
        f"<p>The app asks for:</p><ul>{listed}</ul>"
        f'<form method="post" action="{escape(action)}">{fields}'
        f"<fieldset><legend>You are</legend>{choices}</fieldset>"
        '<p><button name="answer" value="agree">Authorize</button> '
        '<button name="answer" value="refuse">Cancel</button></p></form>',
    )


def error_page(code: int, details: str = "") -> Reply:
    """Return the page that keeps a person at Lark, with one of its codes."""
    words = f"Error code {code}. {words_of(code)} {details}".strip()
    return message_page("The app cannot be authorized", words, 400)


def redirect(to: str, query: Mapping[str, str]) -> Reply:
    """Lead back to the app; a fragment stays behind the query."""
    address, mark, fragment = to.partition("#")
    joint = "&" if "?" in address else "?"
    return Reply(302, headers={"Location": f"{address}{joint}{urlencode(query)}{mark}{fragment}"})
