"""The routes of the pages as the API document describes them; `serve_pages` loads no table of routes."""

from typing import Annotated, Any, NoReturn

from larkbridge.forms.form import Form
from larkbridge.routes import Answer, Call, Parameter, Route
from larkbridge.shapes import Note

_LANGUAGE = Parameter(
    "lang",
    "The language of the page, if not the browser's.",
    "query",
    Annotated[str, Note(enum=["vi", "en"])],
)


def page_route(form: type[Form]) -> Route[Any]:
    """Return the route of a form's page."""
    return Route(
        "GET",
        form.path,
        None,
        name=f"open{form.__name__}",
        summary=f"The page of the form: {form.title.en} ({form.title.vi})",
        tag="pages",
        parameters=(_LANGUAGE,),
        answer=Answer(str, "The page, in Vietnamese or English.", media_type="text/html"),
        handle=_served_without_a_table,
    )


def _served_without_a_table(_: Any, __: Call) -> NoReturn:
    raise NotImplementedError
