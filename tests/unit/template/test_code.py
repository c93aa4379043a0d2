"""Each function is given exactly the variables and the permissions that its code uses."""

import pytest

from tests.support.functions import Function, functions, resolve
from tests.support.observed import observed
from tests.support.template import as_list

PER_FUNCTION = pytest.mark.parametrize("function", functions().values(), ids=lambda one: one.folder)
WITHOUT_LIBRARIES = {"serve_pages"}
"""Globals give these their variables all the same."""
LIBRARIES = {"AWS_": "botocore", "POWERTOOLS_": "aws_lambda_powertools"}


def libraries_variables(function: Function) -> set[str]:
    return {name for name in function.variables if name.startswith(tuple(LIBRARIES))}


@PER_FUNCTION
def test_a_function_has_exactly_the_variables_that_it_reads(function: Function) -> None:
    read = observed(function.folder).record.read_by("app", "larkbridge")

    assert function.variables.keys() - libraries_variables(function) == read


@PER_FUNCTION
def test_a_variable_for_a_library_is_one_that_the_library_reads(function: Function) -> None:
    record = observed(function.folder).record

    for prefix, library in LIBRARIES.items():
        given = {name for name in function.variables if name.startswith(prefix)}
        assert given <= record.read_by(library) or function.folder in WITHOUT_LIBRARIES


@PER_FUNCTION
def test_a_function_may_do_exactly_what_it_does(function: Function) -> None:
    seen = observed(function.folder)
    statements = [one for policy in function.properties["Policies"] for one in as_list(policy["Statement"])]
    allowed = {
        (action, resolve(resource, seen.refs))
        for statement in statements
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }

    assert {(one["Effect"], *one.keys()) for one in statements} <= {("Allow", "Effect", "Action", "Resource")}
    assert allowed == seen.permissions
