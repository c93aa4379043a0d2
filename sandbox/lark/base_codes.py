"""The error codes of the Base APIs.

Source: open platform documentation, the error codes of "Create records", "Update records" and
"Search records"; "Server error codes" for what guards documents of every kind (914xx).
"""

from enum import IntEnum

from sandbox.lark.envelope import RefusedError


class ErrorCode(IntEnum):
    """Codes by Lark's own words; most come with HTTP 200."""

    NOTEXIST = 91402
    """No Base has this token; one out of the address of a wiki page is none of a Base's."""
    Forbidden = 91403
    """The app is no member of the Base."""
    WrongRequestBody = 1254001
    Fail = 1254002
    FieldTypesDoNotMatch = 1254015
    InvalidFilter = 1254018
    InvalidFieldNames = 1254024
    InvalidClientToken = 1254037
    TableIdNotFound = 1254041
    ViewIdNotFound = 1254042
    RecordIdNotFound = 1254043
    FieldNameNotFound = 1254045
    TextFieldConvFail = 1254060
    NumberFieldConvFail = 1254061
    SingleSelectFieldConvFail = 1254062
    MultiSelectFieldConvFail = 1254063
    DatetimeFieldConvFail = 1254064
    CheckboxFieldConvFail = 1254065
    UserFieldConvFail = 1254066
    LinkFieldConvFail = 1254067
    URLFieldConvFail = 1254068
    AttachFieldConvFail = 1254069
    PhoneFieldConvFail = 1254072
    DuplexLinkFieldConvFail = 1254074
    RecordAddOnceExceedLimit = 1254104
    TooLargeCell = 1254130
    WriteConflict = 1254291
    PermissionDenied = 1254302
    ClientTokenConflict = 1255006


_STATUSES = {
    ErrorCode.Forbidden: 403,
    ErrorCode.FieldTypesDoNotMatch: 400,
    ErrorCode.InvalidClientToken: 400,
    ErrorCode.PermissionDenied: 403,
    ErrorCode.ClientTokenConflict: 400,
}


def refused(code: ErrorCode) -> RefusedError:
    """Return the error that answers `code` with Lark's words and HTTP status."""
    return RefusedError(code, code.name, _STATUSES.get(code, 200))
