"""No module of the layer is taken for another one."""

import itertools

import pytest

from tests.support.template import ROOT

LAYER = ROOT / "layers" / "common" / "larkbridge"
MODULES = sorted(path.relative_to(LAYER) for path in LAYER.rglob("*.py") if path.name != "__init__.py")


def are_alike(name: str, other: str) -> bool:
    """Tell whether two names are the same, or a letter apart: another one, one more or one less."""
    shorter, longer = sorted((name, other), key=len)
    start = next(
        (n for n, pair in enumerate(zip(shorter, longer, strict=False)) if len({*pair}) > 1), len(shorter)
    )
    return longer[start + 1 :] == shorter[start + len(shorter) + 1 - len(longer) :]


@pytest.mark.parametrize(
    ("name", "other", "alike"),
    [
        ("table", "table", True),
        ("table", "tables", True),
        ("tables", "table", True),
        ("codec", "codes", True),
        ("rows", "row", True),
        ("moves", "modes", True),
        ("table", "tablets", False),
        ("form", "from", False),
        ("a", "bc", False),
        ("push", "pull", False),
    ],
)
def test_names_a_letter_apart_are_alike(name: str, other: str, *, alike: bool) -> None:
    assert are_alike(name, other) == alike


def test_no_two_modules_have_names_that_are_alike() -> None:
    pairs = itertools.combinations(MODULES, 2)
    found = {(str(module), str(other)) for module, other in pairs if are_alike(module.stem, other.stem)}
    assert found == set()
