"""What data protection may refuse is covered; nothing else is."""

import time

import pytest

from larkbridge.agent.masking import masked, masked_in, numbers_in


@pytest.mark.parametrize(
    ("words", "covered"),
    [
        ("Gọi 0912 345 678 nhé", "Gọi ••• nhé"),
        ("Gọi 0912345678.", "Gọi •••."),
        ("+84 912-345-678, 024.3825.4321, 84912345678", "•••, •••, •••"),
        ("thư tới ha.nguyen+x@truong.edu.vn nhé", "thư tới ••• nhé"),
        ("(091) 2345678, 024 (38) 254-421", "(•••, •••"),
        ("**a_b@c.vn**", "**•••**"),
        ("0912–345–678, 0912—345‑678, 0912−345−678", "•••, •••, •••"),
        ("0912\u00a0345\u202f678, 0912\u200b345\u200b678", "•••, •••"),
        ("０９１２３４５６７８ và ＋84 ９12 345 678", "••• và •••"),
        ("+84 (0)912 345 678", "•••"),
        ("912345678, 912 345 678, 912-345-678", "•••, •••, •••"),
        ("1900 1234 hoặc 18001234, 1900.12.34.56", "••• hoặc •••, •••"),
        ("ệ" * 3 + " 0912345678 ﬁ 0912345678", "ệệệ ••• ﬁ •••"),
        ("an＠truong．edu．vn", "•••"),
        ("SĐT0912345678 Zalo0912 345 678 ĐT:0912345678", "SĐT••• Zalo••• ĐT:•••"),
        ("0912345678_Lan, Lan_0912345678, 0912345678Lan", "•••_Lan, Lan_•••, •••Lan"),
        ("0912/345/678, 0912,345,678, 0912*345*678, 091/234/5678", "•••, •••, •••, •••"),
        ("Lan0912345678Nam0987654321", "Lan•••Nam•••"),
        ("0912345678/0987654321|+84912345678", "•••/•••|•••"),
        ("https://zalo.me/0912345678 https://wa.me/84912345678", "https://zalo.me/••• https://wa.me/•••"),
        (r"Gọi\n0912345678", r"Gọi\n•••"),
    ],
)
def test_numbers_and_addresses_are_covered(words: str, covered: str) -> None:
    assert masked(words) == covered


@pytest.mark.parametrize(
    "words",
    [
        "2026-11-28 09:00",
        "28/11/2026 15:00-16:00",
        "Phòng 0123",
        "1.500.000.000 đồng",
        "500.000.000 đồng, 500000000, 350 000 000, 912.345.678",
        "học phí 12 500 000",
        "1900–1945, 1945-1975, 1900",
        "Phòng 912, dãy 345",
        "x912345678",
        "05/12/2026, 09:00, 02/03/2026 15:30",
        "001,002,003 và 84,912,345,678 đồng",
        "om_dc1320912345678a3993dd051dba21dcf",
        "om_08412345-0912-4345-8412-091234567890",
        "2026-12-04T09:00:00.000+07:00",
        "[Mở](https://example.org/oauth/start?t=0912345678&x=0912345678@a.vn)",
        "@An lúc 9 giờ",
        '{"id":"08412345-0912-4345-8412-091234567890"}',
    ],
)
def test_everything_else_stays(words: str) -> None:
    assert masked(words) == words


@pytest.mark.parametrize(
    "sign", ["a", "0", "ế", ".-+", "0 ", "@", "1900 ", "03/", "_0912345678a", "https://zalo.me/"]
)
def test_the_longest_words_are_covered_in_a_moment(sign: str) -> None:
    words = sign * 40_000
    began = time.process_time()
    masked(words)
    assert time.process_time() - began < 2


def test_a_number_that_was_given_stays_however_it_is_written() -> None:
    given = numbers_in('{"text":"0912 345 678 hay 0987654321?"}')
    assert masked("+84912345678, 0987.654.321, 0900000000", given) == "+84912345678, 0987.654.321, •••"


def test_a_number_after_an_escape_in_json_is_covered() -> None:
    content = {"text": "Gọi\n912345678", "more": [("a\t912 345 678",), 3, None]}
    assert masked_in(content) == {"text": "Gọi\n•••", "more": [["a\t•••"], 3, None]}
    assert masked_in("912345678", {"912345678"}) == "912345678"
