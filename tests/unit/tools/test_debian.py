"""`requirements/debian` installs what is missing where it may; where it may not, it says the one command."""

import subprocess
from pathlib import Path

import pytest

from tests.support.template import ROOT

ROOT_USER, SOMEBODY = "0", "1000"


class Machine:
    """A machine whose only programs are those it was given; what apt-get was asked for is in `asked`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "asked"
        for shared in ("bash", "cat"):
            (folder / shared).symlink_to(f"/bin/{shared}")
        self.has("dpkg", "exit 1")

    def has(self, program: str, script: str = "") -> None:
        file = self._folder / program
        file.write_text(f"#!/bin/bash\n{script}\n")
        file.chmod(0o755)

    def has_apt(self, *, works: bool = True) -> None:
        self.has("apt-get", f'echo "$@" >> {self._log}; exit {int(not works)}')

    def user_is(self, number: str) -> None:
        self.has("id", f"echo {number}")

    def need(self, *packages: str) -> subprocess.CompletedProcess[str]:
        command = [ROOT / "requirements" / "debian", *packages]
        environment = {"PATH": str(self._folder)}
        return subprocess.run(  # noqa: S603
            ["/bin/bash", *command], env=environment, capture_output=True, text=True, check=False
        )

    @property
    def asked(self) -> list[str]:
        return self._log.read_text().splitlines() if self._log.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_what_is_there_is_not_installed(machine: Machine) -> None:
    machine.has("chromium")
    machine.has_apt()
    machine.user_is(ROOT_USER)
    assert (machine.need("chromium").returncode, machine.asked) == (0, [])


def test_what_is_missing_is_installed_as_root(machine: Machine) -> None:
    machine.has("npm")
    machine.has_apt()
    machine.user_is(ROOT_USER)
    assert machine.need("chromium", "npm").returncode == 0
    assert machine.asked == ["update", "install --yes --no-install-recommends chromium"]


def test_sudo_without_a_password_will_do(machine: Machine) -> None:
    machine.has_apt()
    machine.user_is(SOMEBODY)
    machine.has("sudo", '[ "$1" = -n ] && shift && exec "$@"')
    machine.has("true")
    assert machine.need("chromium").returncode == 0
    assert machine.asked[-1] == "install --yes --no-install-recommends chromium"


@pytest.mark.parametrize("trouble", ["no apt", "no right", "no network"])
def test_else_the_one_command_is_said(machine: Machine, trouble: str) -> None:
    machine.user_is(SOMEBODY if trouble == "no right" else ROOT_USER)
    machine.has("sudo", "echo a password is required >&2; exit 1")
    if trouble != "no apt":
        machine.has_apt(works=trouble != "no network")
    result = machine.need("chromium")
    assert result.returncode == 1
    command = "sudo apt-get install --yes --no-install-recommends chromium"
    assert result.stderr == f"larkbridge: the tests in a browser need chromium: {command}\n"
