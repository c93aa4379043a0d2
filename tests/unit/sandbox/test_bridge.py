import socket
from threading import Thread

import pytest

from sandbox.bridge import forwarded
from sandbox.processes import StackError, port_in_use

BRIDGE = "127.0.0.2"


def test_forwards_both_ways_while_the_block_runs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as service:
        port = service.getsockname()[1]
        Thread(target=_shout_back, args=(service,)).start()

        with forwarded(BRIDGE, port), socket.create_connection((BRIDGE, port), timeout=5) as caller:
            caller.sendall(b"hello")
            assert caller.recv(100) == b"HELLO"

        assert not port_in_use(port, BRIDGE)


def test_uses_what_listens_there_already() -> None:
    with socket.create_server((BRIDGE, 0)) as service:
        port = service.getsockname()[1]

        with forwarded(BRIDGE, port):
            assert port_in_use(port, BRIDGE)


def test_says_that_an_address_cannot_be_used() -> None:
    with pytest.raises(StackError, match=r"cannot listen on 192\.0\.2\.1:4566"), forwarded("192.0.2.1", 4566):
        pass


def _shout_back(service: socket.socket) -> None:
    connection, _ = service.accept()
    with connection:
        connection.sendall(connection.recv(100).upper())
