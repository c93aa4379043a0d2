"""The pages of the deployed stack are those that the forms' models say."""

import re

import pytest

from larkbridge.forms.catalogue import FORMS
from larkbridge.forms.form import Form
from larkbridge.pages.prebuilt import LANGUAGES
from larkbridge.pages.serving import page_handler
from larkbridge.settings import PageSettings
from sandbox.stack import CENTRE_NAME, PRIVACY_CONTACT
from tests.support.forms import http_event
from tests.support.pages import read_page
from tests.support.stack import LocalStack

_OWN = re.compile(r'(?<=name="submissionKey" value=")[0-9a-f-]{36}|(?<=name="startedAt" value=")\d{13}')


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
def test_page_is_the_one_that_the_models_say(stack: LocalStack, form: type[Form], language: str) -> None:
    with stack.api() as api:
        served = api.get(form.path, params={"lang": language})
    query = {"lang": language}
    event = http_event(route=f"GET {form.path}", query=query) | {"rawQueryString": f"lang={language}"}
    shown = {"CENTRE_NAME": CENTRE_NAME, "PRIVACY_CONTACT": PRIVACY_CONTACT}
    settings = PageSettings(shown | {"UPLOAD_ORIGIN": stack.aws_endpoint})
    expected = read_page(page_handler(settings)(event, None))
    assert served.headers["content-encoding"] == "gzip"
    assert served.headers["content-security-policy"] == expected.headers["content-security-policy"]
    assert len(_OWN.findall(served.text)) == 2
    assert _OWN.sub("", served.text) == _OWN.sub("", expected.html)
