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

_PROOF = Parameter("s", "What the redirect has: signed, it holds for 30 days and names nobody.", "query")
_ARRIVAL = Parameter("f", "What S3's redirect has beside: signed, which file it was.", "query")


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


def confirmation_route(form: type[Form]) -> Route[Any]:
    """Return the route of what a parent sees who has sent a form."""
    return Route(
        "GET",
        f"{form.path}/da-gui",
        None,
        name=f"confirm{form.__name__}",
        summary=f"What a page says once the form is sent: {form.title.en} ({form.title.vi})",
        description="Where a form that a page posts is redirected to. Any other link gets a page with 404.",
        tag="pages",
        parameters=(_PROOF, _LANGUAGE),
        answer=Answer(str, "The number of the form, and what happens next.", media_type="text/html"),
        handle=_served_without_a_table,
    )


def withdrawal_route(form: type[Form]) -> Route[Any]:
    """Return the route of the button that withdraws a marketing consent."""
    return Route(
        "POST",
        f"{form.path}/da-gui",
        None,
        name=f"withdraw{form.__name__}Consent",
        summary=f"Withdraw the marketing consent of a form: {form.title.en} ({form.title.vi})",
        description="The button of the confirmation posts what proves that it is one: `withdraw`, signed.",
        tag="pages",
        parameters=(_PROOF, _LANGUAGE),
        answer=Answer(str, "It is withdrawn: a redirect to the page that says so.", 303, "text/html"),
        handle=_served_without_a_table,
    )


def file_step_route(form: type[Form]) -> Route[Any]:
    """Return the route of the step in which a browser without JavaScript sends a file."""
    return Route(
        "GET",
        f"{form.path}/tep",
        None,
        name=f"open{form.__name__}FileStep",
        summary=f"The page that sends a file after the form: {form.title.en} ({form.title.vi})",
        description="S3 leads back here, and this to the confirmation. Any other link gets a page with 404.",
        tag="pages",
        parameters=(_PROOF, _ARRIVAL, _LANGUAGE),
        answer=Answer(str, "A form that posts one file to S3.", media_type="text/html"),
        handle=_served_without_a_table,
    )


def _served_without_a_table(_: Any, __: Call) -> NoReturn:
    raise NotImplementedError
