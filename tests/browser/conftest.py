"""Browsers on the deployed stack; a test fails with whatever its browsers complain about."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser

from sandbox.browser import PHONE, launched
from tests.support.stack import LocalStack
from tests.support.visitor import Visitor

type Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, stack: LocalStack) -> Iterator[Visit]:
    """Make visitors, on a phone in Vietnam if nothing else is said; `base` leads to the API."""
    visitors: list[Visitor] = []
    with ExitStack() as contexts:

        def visit(base: str = stack.description["apiUrl"], **options: Any) -> Visitor:
            context = contexts.enter_context(browser.new_context(**PHONE | options))
            visitors.append(Visitor(context, base))
            return visitors[-1]

        yield visit
    assert [complaint for one in visitors for complaint in one.complaints.found] == []


@pytest.fixture
def parent(visit: Visit) -> Visitor:
    """A parent with a phone."""
    return visit()
