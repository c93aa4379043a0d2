"""Which addresses from outside may be called, as far as they show it themselves."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkbridge.public_http_client import ForbiddenAddressError, check_url

LOCAL = "http://127.0.0.1:4570"

FORBIDDEN = {
    "": "https://",
    "nonsense": "https://",
    "//example.com/": "https://",
    "http://example.com/": "https://",
    "ftp://example.com/": "https://",
    "file:///etc/passwd": "https://",
    "gopher://example.com/": "https://",
    "https://": "public name",
    "https:///in": "public name",
    "https:example.com": "public name",
    "https://user@example.com/": "user",
    "https://user:pass@example.com/": "user",
    "https://:pass@example.com/": "user",
    "https://example.com\\@127.0.0.1/": "user",
    "https://example.com:80/": "port",
    "https://example.com:22/": "port",
    "https://example.com:0/": "port",
    "https://example.com:65536/": "port",
    "https://example.com:8443x/": "not an address",
    "https://localhost/": "public name",
    "https://LOCALHOST/": "public name",
    "https://intranet/": "public name",
    "https://localhost./": "public name",
    "https://example.com./": "public name",
    "https://127.0.0.1./": "public name",
    "https://.example.com/": "public name",
    "https://example..com/": "public name",
    "https://-.example.com/": "public name",
    "https://example.com%00/": "public name",
    "https://example.com%2f@x.test/": "user",
    "https://exa mple.com/": "public name",
    "https://2130706433/": "public name",
    "https://0x7f000001/": "public name",
    "https://0x7f.1/": "public name",
    "https://127.1/": "public name",
    "https://1.0x7f/": "public name",
    "https://0177.0.0.1/": "not an address",
    "https://127.0.0.01/": "not an address",
    "https://１２７.0.0.1/": "not an address",
    "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/": "not an address",
    "https://127.0.0.1/": "public address",
    "https://127.255.255.254/": "public address",
    "https://0.0.0.0/": "public address",
    "https://10.0.0.1/": "public address",
    "https://100.64.0.1/": "public address",
    "https://169.254.169.254/latest/meta-data/": "public address",
    "https://172.16.0.1/": "public address",
    "https://192.168.1.1/": "public address",
    "https://198.18.0.1/": "public address",
    "https://224.0.0.1/": "public address",
    "https://240.0.0.1/": "public address",
    "https://255.255.255.255/": "public address",
    "https://[::]/": "public address",
    "https://[::1]/": "public address",
    "https://[::ffff:127.0.0.1]/": "public address",
    "https://[::ffff:a9fe:a9fe]/": "public address",
    "https://[::127.0.0.1]/": "public address",
    "https://[64:ff9b::7f00:1]/": "public address",
    "https://[2002:7f00:1::]/": "public address",
    "https://[2001::1]/": "public address",
    "https://[fc00::1]/": "public address",
    "https://[fd00:ec2::254]/": "public address",
    "https://[fe80::1]/": "public address",
    "https://[fe80::1%25eth0]/": "public address",
    "https://[fec0::1]/": "public address",
    "https://[ff02::1]/": "public address",
    "https://[::1": "not an address",
    "https://example.com/\ud800": "not an address",
    f"https://{'a' * 64}.test/": "public name",
    f"https://{'a.' * 130}test/": "public name",
    "http://127.0.0.1:4570/in": "https://",
}


@pytest.mark.parametrize(("url", "reason"), FORBIDDEN.items(), ids=ascii)
def test_an_address_that_is_not_public_is_refused(url: str, reason: str) -> None:
    with pytest.raises(ForbiddenAddressError, match=reason) as caught:
        check_url(url)
    assert len(url) < 9 or url not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://EXAMPLE.Com/in",
        "https://example.com:443/in",
        "https://example.com:8443/in",
        "HTTPS://hooks.example.com/in?x=%20y#z",
        "https://a-b.xn--exmple-cua.com/",
        "https://exämple.com/",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1::1]/",
        "https://[::ffff:93.184.216.34]/",
        "https://10.0.0.1.example.com/",
    ],
)
def test_a_public_address_may_be_called(url: str) -> None:
    check_url(url)


@given(st.text() | st.text().map("https://{}".format) | st.text().map("https://a.test:{}/".format))
def test_any_text_is_allowed_or_refused(url: str) -> None:
    with suppress(ForbiddenAddressError):
        check_url(url)


@pytest.mark.parametrize("url", ["https://api.example.com/v1", "https://API.Example.COM:8443/v1"])
def test_an_allowed_host_may_be_called(url: str) -> None:
    check_url(url, allowed_hosts=["Api.Example.com"])


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "https://api.example.com.attacker.test/",
        "https://xapi.example.com/",
        "https://attacker.test/api.example.com",
        "https://93.184.216.34/",
    ],
)
@pytest.mark.parametrize("allowed", [["api.example.com"], []])
def test_no_other_host_may_be_called(url: str, allowed: list[str]) -> None:
    with pytest.raises(ForbiddenAddressError, match="may be called"):
        check_url(url, allowed_hosts=allowed)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4571/",
        "http://127.0.0.1/",
        "https://127.0.0.1:4570/",
        "http://localhost:4570/",
        "http://127.0.0.2:4570/",
        "http://user@127.0.0.1:4570/",
        "http://127.0.0.1:4570@example.com/",
        "http://127.0.0.1:4570.example.com/",
    ],
)
def test_nothing_but_the_local_origin_is_exempt(url: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        check_url(url, local_origin=LOCAL)


@pytest.mark.parametrize("origin", ["", None])
def test_without_a_local_origin_nothing_is_exempt(origin: str | None) -> None:
    for url in (LOCAL, "", "http:///", "/in"):
        with pytest.raises(ForbiddenAddressError):
            check_url(url, local_origin=origin)
