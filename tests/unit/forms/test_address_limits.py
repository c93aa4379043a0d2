"""Many forms from one address: a school's go after the others by themselves, a flood is refused."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from larkbridge.forms.address_limits import network_of
from larkbridge.store.submissions import FormType
from sandbox.faults import Fault
from tests.support.aws import SECRETS
from tests.support.calls import Calls
from tests.support.forms import FORMS, json_event
from tests.support.output import captured
from tests.support.uploads import announce
from tests.support.world import Answer, World

SOFT, HARD = 30, 300
SCHOOL, ELSEWHERE = "198.51.100.7", "198.51.100.8"


@pytest.fixture
def limited(world: World) -> World:
    """A world with the limits of a new deployment."""
    world.restart(FORM_SOFT_LIMIT="", FORM_HARD_LIMIT="")
    return world


def post(
    world: World, address: str = SCHOOL, form_type: FormType = FormType.STUDENT_INFO, **headers: str
) -> Answer:
    event = json_event(FORMS[form_type], **headers)
    event["requestContext"]["http"]["sourceIp"] = address
    return world.send(form_type, event)


def posted(world: World, count: int, address: str = SCHOOL) -> list[Answer]:
    """Post forms no faster than Lark takes them."""
    answers = list[Answer]()
    for _ in range(count):
        answers.append(post(world, address))
        world.clock.advance(seconds=1)
    return answers


def items(world: World) -> Iterator[dict[str, Any]]:
    yield from boto3.client("dynamodb").scan(TableName=world.environ["RATE_LIMITS_TABLE"])["Items"]


def at_window_start(world: World) -> None:
    world.clock.advance(seconds=600 - world.clock.timestamp() % 600)


def test_over_the_soft_limit_a_form_is_stored_and_goes_by_itself(limited: World) -> None:
    at_window_start(limited)
    answers = posted(limited, SOFT + 2)
    assert [answer.body["larkStatus"] for answer in answers] == ["sent"] * SOFT + ["failed"] * 2
    later = answers[-1].body["submissionId"]
    assert limited.stored(later).last_error == {"reason": "many_from_address"}
    assert limited.posts_of(later) == 0
    limited.clock.advance(minutes=1)
    limited.retry_due()
    assert limited.runs_of(later) == 1


def test_limit_is_everybodys_of_an_address_and_of_all_forms_together(limited: World) -> None:
    at_window_start(limited)
    for number in range(SOFT):
        post(limited, SCHOOL, list(FormType)[number % len(FormType)])
        limited.clock.advance(seconds=1)
    assert post(limited).body["larkStatus"] == "failed"
    assert post(limited, ELSEWHERE).body["larkStatus"] == "sent"


def test_burst_uses_up_less_than_lark_takes_in_a_second(limited: World) -> None:
    at_window_start(limited)
    assert [post(limited).body["larkStatus"] for _ in range(5)] == ["sent"] * 3 + ["failed"] * 2
    assert limited.stored(post(limited).body["submissionId"]).lane == "2:student-info"
    limited.clock.advance(seconds=1)
    assert post(limited).body["larkStatus"] == "sent"


def test_double_click_is_no_burst(limited: World) -> None:
    at_window_start(limited)
    answers = [post(limited, idempotency_key="one") for _ in range(3)]
    assert {(answer.body["submissionId"], answer.body["larkStatus"]) for answer in answers} == {
        (answers[0].body["submissionId"], "sent")
    }


def test_window_that_is_over_counts_no_more(limited: World) -> None:
    at_window_start(limited)
    posted(limited, SOFT)
    at_window_start(limited)
    assert post(limited).body["larkStatus"] == "sent"


def test_over_the_hard_limit_nothing_is_stored_and_the_caller_is_told_when(limited: World) -> None:
    at_window_start(limited)
    accepted = [post(limited) for _ in range(HARD)]
    assert {answer.status for answer in accepted} == {200}
    limited.clock.advance(seconds=250)
    with captured() as output, limited.watch() as calls:
        refused = post(limited)
    assert (refused.status, refused.headers["retry-after"]) == (429, "350")
    assert refused.body["error"] == "too_many_requests"
    assert "submissionId" not in refused.body
    assert calls.made == ["dynamodb UpdateItem"]
    assert output.metrics["FormsRefused"] == [1]
    assert post(limited, ELSEWHERE).status == 200
    limited.clock.advance(seconds=350)
    assert post(limited).status == 200


def test_form_costs_three_requests_and_a_post(limited: World) -> None:
    post(limited)
    with limited.watch() as calls:
        post(limited)
    assert calls.made == ["dynamodb UpdateItem", "dynamodb PutItem", "POST", "dynamodb UpdateItem"]


# What cannot be counted


def without_table(world: World) -> None:
    boto3.client("dynamodb").delete_table(TableName=world.environ["RATE_LIMITS_TABLE"])


def without_key(world: World) -> None:
    world.put_secrets({name: value for name, value in SECRETS.items() if name != "PAGE_SIGNING_KEY"})
    world.restart(FORM_SOFT_LIMIT="1", FORM_HARD_LIMIT="1")


def with_malformed_key(world: World) -> None:
    world.put_secrets(SECRETS | {"PAGE_SIGNING_KEY": {"not": "a text"}})
    world.restart(FORM_SOFT_LIMIT="1", FORM_HARD_LIMIT="1")


@pytest.mark.parametrize("fault", [without_table, without_key, with_malformed_key])
def test_what_cannot_be_counted_is_a_normal_form(limited: World, fault: Any) -> None:
    fault(limited)
    with captured() as output:
        answers = posted(limited, 3)
    assert [answer.body["larkStatus"] for answer in answers] == ["sent"] * 3
    assert output.metrics["LimitsSkipped"] == [1] * 3


def test_crash_while_counting_is_a_normal_form_too(limited: World) -> None:
    class Crash(Calls):
        def before(self, name: str) -> None:
            super().before(name)
            if len(self.made) == 1:
                raise KeyError(name)

    limited.post()
    with captured() as output, limited.watch(Crash()):
        assert post(limited).body["larkStatus"] == "sent"
    assert output.metrics["LimitsSkipped"] == [1]


@pytest.mark.parametrize("nobody", ["", "unknown", "198.51.100", "fe80::1%eth0", "x" * 300, "1\0"])
def test_request_without_an_address_is_a_normal_form(limited: World, nobody: str) -> None:
    limited.restart(FORM_SOFT_LIMIT="1", FORM_HARD_LIMIT="1")
    assert {answer.body["larkStatus"] for answer in posted(limited, 3, nobody)} == {"sent"}


# Whose address


@pytest.mark.parametrize(
    "other",
    ["2001:db8:1:2::1", "2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:0db8:0001:0002:0000:0000:0000:0009"],
)
def test_ipv6_counts_by_the_network_of_one_household(other: str) -> None:
    assert network_of(other) == network_of("2001:db8:1:2:3:4:5:6")
    assert network_of(other) != network_of("2001:db8:1:3::1")


def test_ipv4_counts_whole_and_is_the_same_in_ipv6_clothes() -> None:
    assert network_of("::ffff:198.51.100.7") == network_of("::FFFF:c633:6407") == network_of("198.51.100.7")
    assert network_of("198.51.100.7") != network_of("198.51.100.8")


def test_only_a_keyed_hash_of_an_address_is_stored_and_no_log_has_it(limited: World) -> None:
    with captured() as output:
        posted(limited, 1)
        posted(limited, 1, "2001:db8:1:2::1")
    text = f"{list(items(limited))} {output.text}"
    assert not any(address in text for address in (SCHOOL, "2001:db8", "20010db8", "c6336407"))
    before = {item["limitId"]["S"].split("#")[0] for item in items(limited)}
    limited.put_secrets(SECRETS | {"PAGE_SIGNING_KEY": "another"})
    posted(limited, 1)
    assert len({item["limitId"]["S"].split("#")[0] for item in items(limited)} - before) == 1


def test_counts_are_forgotten(limited: World) -> None:
    posted(limited, 1)
    (item,) = items(limited)
    assert int(item["expiresAt"]["N"]) <= limited.clock.timestamp() + 7200


def test_header_is_not_believed_unless_it_is_trusted(limited: World) -> None:
    limited.restart(FORM_SOFT_LIMIT="1", FORM_HARD_LIMIT="2")
    statuses = [post(limited, x_forwarded_for=f"203.0.113.{number}").status for number in range(3)]
    assert statuses == [200, 200, 429]


@pytest.mark.parametrize("before", ["", "192.0.2.1, ", "192.0.2.1,192.0.2.2 ,"])
def test_trusted_header_says_who_posts_and_its_last_value_counts(limited: World, before: str) -> None:
    limited.restart(FORM_SOFT_LIMIT="1", FORM_HARD_LIMIT="1", TRUSTED_CLIENT_IP_HEADER="CF-Connecting-IP")
    one, two = f"{before}203.0.113.1", f"{before}203.0.113.2"
    assert [post(limited, cf_connecting_ip=one).status for _ in range(2)] == [200, 429]
    assert post(limited, cf_connecting_ip=two).status == 200


def test_trusted_header_that_is_absent_leaves_the_source(limited: World) -> None:
    limited.restart(FORM_SOFT_LIMIT="1", FORM_HARD_LIMIT="1", TRUSTED_CLIENT_IP_HEADER="CF-Connecting-IP")
    assert [post(limited).status for _ in range(2)] == [200, 429]


BEHIND_CLOUDFRONT = "CloudFront-Viewer-Address"


@pytest.mark.parametrize(
    ("one", "same", "another"),
    [
        ("203.0.113.1:46532", "203.0.113.1:443", "203.0.113.2:46532"),
        ("2001:db8::1:46532", "2001:db8::1:443", "2001:db8:0:1::1:46532"),
        ("2001:db8:0:0:1:2:3:4:46532", "2001:db8::9:443", "2001:db8:0:1:1:2:3:4:46532"),
        ("[2001:db8::1]:46532", "2001:db8::1:443", "[2001:db8:0:1::1]:46532"),
    ],
)
def test_cloudfront_says_a_port_too_which_is_no_part_of_who_posts(
    limited: World, one: str, same: str, another: str
) -> None:
    limited.restart(FORM_SOFT_LIMIT="1", FORM_HARD_LIMIT="1", TRUSTED_CLIENT_IP_HEADER=BEHIND_CLOUDFRONT)
    viewers = [one, same, another]
    assert [post(limited, cloudfront_viewer_address=viewer).status for viewer in viewers] == [200, 429, 200]


@pytest.mark.parametrize("viewer", ["203.0.113.1:46532", "2001:db8::1:46532"])
def test_file_is_uploaded_from_behind_cloudfront(limited: World, viewer: str) -> None:
    limited.restart(TRUSTED_CLIENT_IP_HEADER=BEHIND_CLOUDFRONT)
    assert announce(limited, headers={"cloudfront-viewer-address": viewer}).status == 200


def test_only_cloudfronts_header_has_a_port(limited: World) -> None:
    limited.restart(FORM_SOFT_LIMIT="1", FORM_HARD_LIMIT="1", TRUSTED_CLIENT_IP_HEADER="CF-Connecting-IP")
    viewers = ["2001:db8:0:1::443", "2001:db8:0:2::443", "2001:db8:0:1::80"]
    assert [post(limited, cf_connecting_ip=viewer).status for viewer in viewers] == [200, 200, 429]


# After the others


def late(world: World, count: int) -> list[str]:
    """Let so many forms go after the others; return their ids."""
    posted(world, SOFT)
    return [answer.body["submissionId"] for answer in posted(world, count)]


def test_later_ones_wait_for_what_failed_once_too(limited: World) -> None:
    at_window_start(limited)
    later = late(limited, 5)
    limited.lark.faults.set(Fault("down"))
    parent = post(limited, ELSEWHERE).body["submissionId"]
    limited.lark.faults.clear()
    limited.clock.advance(minutes=2)
    runs = len(limited.lark.runs)
    limited.retry_due()
    order = [run.payload["submissionId"] for run in limited.lark.runs[runs:]]
    assert order[0] == parent
    assert {*order[1:]} == {*later}


def test_later_one_that_failed_stays_after_the_others(limited: World) -> None:
    at_window_start(limited)
    later = late(limited, 3)
    limited.lark.faults.set(Fault("down", times=3))
    limited.clock.advance(minutes=1)
    limited.retry_due()
    assert {limited.stored(one).attempt_count for one in later} == {1}
    limited.lark.faults.set(Fault("down"))
    parents = [post(limited, ELSEWHERE).body["submissionId"] for _ in range(3)]
    limited.lark.faults.clear()
    limited.clock.advance(minutes=30)
    runs = len(limited.lark.runs)
    limited.retry_due()
    order = [run.payload["submissionId"] for run in limited.lark.runs[runs:]]
    assert ({*order[:3]}, {*order[3:]}) == ({*parents}, {*later})


@pytest.mark.parametrize("number", range(1, 12))
def test_what_comes_in_while_later_ones_are_sent_goes_before_the_rest(limited: World, number: int) -> None:
    at_window_start(limited)
    late(limited, 20)
    limited.clock.advance(minutes=1)
    runs, parents = len(limited.lark.runs), list[str]()

    class ParentPosts(Calls):
        def before(self, name: str) -> None:
            super().before(name)
            if name == "POST" and self.count("POST") == number and not parents:
                parents.append("")
                parents[0] = post(limited, ELSEWHERE).body["submissionId"]

    with limited.watch(ParentPosts()):
        limited.retry_due()
    order = [run.payload["submissionId"] for run in limited.lark.runs[runs:]]
    assert order.index(parents[0]) <= number
    assert len(order) >= 20


def test_no_flood_of_later_ones_hides_a_form_among_them(limited: World) -> None:
    at_window_start(limited)
    limited.restart(FORM_SOFT_LIMIT="1", FORM_HARD_LIMIT="")
    for number in range(HARD):
        post(limited, f"203.0.113.{number % 200}")
        post(limited, f"203.0.113.{number % 200}")
    last = [posted(limited, 2, ELSEWHERE)[1], post(limited, ELSEWHERE, FormType.HOLD)]
    limited.clock.advance(minutes=2)
    limited.retry_due()
    assert [limited.runs_of(answer.body["submissionId"]) for answer in last] == [1, 1]


def test_released_and_retried_ones_keep_their_turn(limited: World) -> None:
    at_window_start(limited)
    (later,) = late(limited, 1)
    assert limited.stored(later).lane == "2:student-info"
    limited.call_admin("POST /v1/submissions/{submissionId}/retry", submission_id=later, body={})
    assert limited.stored(later).lane == "2:student-info"
    limited.clock.advance(minutes=1)
    limited.retry_due()
    assert limited.runs_of(later) == 1
