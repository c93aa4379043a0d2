import pytest

from tests.support.lark_calls import CalledLark, code

FILE = "/open-apis/drive/v1/files/app1"
ACTIONS = [("POST", "subscribe"), ("GET", "get_subscribe"), ("DELETE", "delete_subscribe")]


@pytest.fixture
def lark() -> CalledLark:
    lark = CalledLark()
    lark.api.bases.put("app1", "tbl1", "rec1", {})
    return lark


@pytest.mark.parametrize(("method", "action"), ACTIONS)
@pytest.mark.parametrize(
    "query", [{}, {"file_type": "docx"}, {"file_type": "bitable", "event_type": "file.created_in_folder_v1"}]
)
def test_a_base_has_its_type_and_no_event_type(
    lark: CalledLark, method: str, action: str, query: dict[str, str]
) -> None:
    response = lark.call(method, f"{FILE}/{action}", **query)
    assert (response.status_code, code(response)) == (400, 1069602)
    assert lark.api.files.subscribed == set()


@pytest.mark.parametrize(("method", "action"), ACTIONS)
def test_a_base_exists_and_is_managed_by_the_app(lark: CalledLark, method: str, action: str) -> None:
    absent = lark.call(method, f"/open-apis/drive/v1/files/no-base/{action}", file_type="bitable")
    lark.api.files.unmanaged.add("app1")
    unmanaged = lark.call(method, f"{FILE}/{action}", file_type="bitable")
    assert [(one.status_code, code(one)) for one in (absent, unmanaged)] == [(400, 1069604), (403, 1069603)]


def test_a_subscription_lasts_until_it_is_ended(lark: CalledLark) -> None:
    seen = []
    for action in ("delete", "", "", "delete"):
        method = "DELETE" if action else "POST"
        lark.data(method, f"{FILE}/{action and 'delete_'}subscribe", file_type="bitable")
        seen.append(lark.data("GET", f"{FILE}/get_subscribe", file_type="bitable")["is_subscribe"])
    assert seen == [False, True, True, False]
