"""TLS for tests: a server with a certificate for one name, and the trust that a client needs."""

import datetime
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sandbox.routing import Router
from sandbox.server import SandboxServer


@contextmanager
def tls_server(router: Router, name: str, directory: Path) -> Iterator[tuple[int, ssl.SSLContext]]:
    """Serve over TLS as `name`; give the port on 127.0.0.1 and a context that trusts the server."""
    certificate, key = _self_signed(name)
    chain = directory / f"{name}.pem"
    chain.write_bytes(key + certificate)
    identity = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    identity.load_cert_chain(chain)
    server = SandboxServer("127.0.0.1", 0, router)
    server.socket = identity.wrap_socket(server.socket, server_side=True)
    with server.running():
        yield server.socket.getsockname()[1], ssl.create_default_context(cadata=certificate.decode())


def _self_signed(name: str) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), private
