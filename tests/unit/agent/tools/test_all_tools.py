"""Every tool that reads, as a model gets to know it."""

import json
import re
from collections.abc import Iterator

import pytest

from larkbridge.agent.tools.all_tools import reading_tools
from larkbridge.agent.tools.time_tools import TIME_TOOLS
from larkbridge.agent.tools.tool import Tool
from larkbridge.lark.operations import scopes_by_operation
from larkbridge.people.rights import rights_of
from tests.support.centre import STAFF_CHAT, Centre
from tests.support.memory_dynamo.aws import memory_aws
from tests.support.memory_dynamo.client import MemoryDynamo
from tests.support.person_tools import PersonWorld

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
"""As the Messages API takes it."""


@pytest.fixture(scope="module")
def tools() -> Iterator[tuple[Tool, ...]]:
    with memory_aws() as dynamo:
        yield made(dynamo)


def made(dynamo: MemoryDynamo) -> tuple[Tool, ...]:
    world, centre = PersonWorld(), Centre(dynamo)
    return reading_tools(world.lark.client, world.vault, centre.data, (STAFF_CHAT,), world.lark.clock)


def described(tools: tuple[Tool, ...]) -> str:
    return json.dumps([(tool.name, tool.description, tool.schema()) for tool in tools])


def test_each_has_a_name_of_its_own_that_the_model_can_call(tools: tuple[Tool, ...]) -> None:
    names = [tool.name for tool in tools]
    assert len({*names}) == len(names)
    assert all(_NAME.fullmatch(name) for name in names)


def test_they_are_described_alike_each_time_so_that_a_prompt_is_cached(tools: tuple[Tool, ...]) -> None:
    with memory_aws() as dynamo:
        assert described(made(dynamo)) == described(tools)


def test_each_takes_nothing_that_is_not_described(tools: tuple[Tool, ...]) -> None:
    for tool in tools:
        schema = tool.schema()
        assert schema["additionalProperties"] is False, tool.name
        for name, property_schema in schema.get("properties", {}).items():
            assert property_schema.get("description"), f"{tool.name}.{name}"


def test_whatever_is_not_the_time_takes_a_right(tools: tuple[Tool, ...]) -> None:
    for tool in tools:
        assert bool(tool.needs) + bool(tool.lark_scopes) == (tool not in TIME_TOOLS), tool.name


def test_people_are_asked_for_what_they_are_told_in_words(tools: tuple[Tool, ...]) -> None:
    known = {scope for scopes in scopes_by_operation().values() for scope in scopes}
    known |= {"contact:user.department:readonly"}  # a field's, no operation's
    asked = {scope for tool in tools for scope in tool.lark_scopes}
    assert asked <= known
    assert not any("write" in right for right in rights_of(asked)[0])
    assert rights_of(asked)[1] == []
