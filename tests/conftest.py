"""What every suite shares."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before the layer is imported: Powertools reads its service name then.
os.environ["POWERTOOLS_SERVICE_NAME"] = "larkbridge-test"
for _proxy_exception in ("NO_PROXY", "no_proxy"):
    os.environ[_proxy_exception] = "localhost,127.0.0.1"

from larkbridge.pages import prebuilt
from larkbridge.pages.build import build
from sandbox.stack import Stack
from tests.support.events import Events
from tests.support.form_workflow import FormWorkflow
from tests.support.memory_dynamo.aws import SETTINGS, MemoryAccount, memory_account
from tests.support.stack import LocalStack
from tests.support.world import World


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give all tests of the deployed stack to one of the processes: they mostly wait, the others compute."""
    for item in items:
        if {"stack", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.xdist_group("stack"))


@pytest.fixture(scope="session", autouse=True)
def built_pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The forms' pages as the layer's build makes them, made for this run; `loaded` functions have them."""
    folder = tmp_path_factory.mktemp("built")
    build(folder)
    prebuilt.BUILT = str(folder)
    return folder


@pytest.fixture
def account() -> Iterator[MemoryAccount]:
    """An AWS account of this test's own."""
    with memory_account() as account:
        yield account


@pytest.fixture
def environ(account: MemoryAccount) -> dict[str, str]:
    """The settings of a newly deployed bundle."""
    return dict(SETTINGS)


@pytest.fixture
def events(environ: dict[str, str]) -> Events:
    """The events of a newly deployed bundle, in this process."""
    return Events(environ)


@pytest.fixture
def world(environ: dict[str, str]) -> World:
    """A newly deployed bundle, in this process."""
    return World(environ)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The built template deployed to a local stack of this run's own, with the form feed switched on."""
    local = Stack(Path(tmp_path_factory.mktemp("stack")), free_ports=True)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FORM_FEEDS", "student-info")
        description = local.up()
    try:
        yield LocalStack(description)
    finally:
        local.down()


@pytest.fixture
def workflow(stack: LocalStack) -> Iterator[FormWorkflow]:
    """The simulated workflow behind the stack's forms: it has run for nothing yet; afterwards it is well."""
    workflow = FormWorkflow(stack)
    workflow.forget()
    yield workflow
    workflow.behave()
