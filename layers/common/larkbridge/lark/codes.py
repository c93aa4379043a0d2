"""The one table of Lark's error codes: for each what it means here, and the platform's own words.

Codes and words as published in Lark's help centre for the trigger "When a webhook is received", and in its
open platform's documentation: "Server error codes", "Rate limits", "Refresh user_access_token" and the page
of each API. What a person can mend for the whole app or workflow (switched off, a credential, the IP list) is
retried: the call is good, and mending it must be enough. What is wrong with one call, such as a missing
record or permission, is refused for good. For a token that is invalid the client fetches another, once.
"""

from dataclasses import dataclass

from larkbridge.outcome import RATE_LIMITED, Verdict

OK, RETRY, REJECT, UNKNOWN = Verdict.OK, Verdict.RETRY, Verdict.REJECT, Verdict.UNKNOWN

ANSWER_TOO_LARGE = "answer_too_large"
BATCH_TOO_LARGE = "batch_too_large"
CLIENT_TOKEN_CONFLICT = "client_token_conflict"  # noqa: S105
FIELD_NOT_FOUND = "field_not_found"
NO_PERMISSION = "no_permission"
RECORD_NOT_FOUND = "record_not_found"
TABLE_FULL = "table_full"
TOKEN_INVALID = "token_invalid"  # noqa: S105
WRITE_CONFLICT = "write_conflict"

ROW_REASONS = frozenset(
    {"bad_body", "bad_parameter", "cell_too_large", "empty_value", "id_of_another_app", "wrong_field_type"}
)
"""Why a batch is refused for the values of one of its rows."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an answer means; `words` are the platform's own."""

    verdict: Verdict
    reason: str
    words: str = ""


WORKFLOW_CODES: dict[int, Meaning] = {
    0: Meaning(OK, "accepted"),
    800004509: Meaning(RETRY, "workflow_disabled"),
    800005646: Meaning(REJECT, "self_call_loop"),
    800005647: Meaning(REJECT, "body_too_large"),
    800005649: Meaning(RETRY, "bad_credential"),
    800005650: Meaning(RETRY, "ip_not_allowed"),
    800005652: Meaning(RETRY, RATE_LIMITED),
    800006003: Meaning(REJECT, "body_not_json"),
}

PLATFORM_CODES: dict[int, Meaning] = {
    99991400: Meaning(RETRY, RATE_LIMITED, "request trigger frequency limit"),
    99991401: Meaning(RETRY, "ip_not_allowed", "ip denied by app setting"),
    99991543: Meaning(RETRY, "bad_app_credential", "login_user invalid"),
    99991661: Meaning(RETRY, TOKEN_INVALID, "Need a token"),
    99991662: Meaning(RETRY, "app_disabled", "app not in use"),
    99991663: Meaning(RETRY, TOKEN_INVALID, "tenant token invalid"),
    99991664: Meaning(RETRY, TOKEN_INVALID, "invalid app token"),
    99991665: Meaning(RETRY, TOKEN_INVALID, "invalid tenant code"),
    99991668: Meaning(RETRY, TOKEN_INVALID, "token invalid"),
    99991669: Meaning(REJECT, "refresh_token_invalid", "invalid user refresh token"),
    99991671: Meaning(RETRY, TOKEN_INVALID, "Invalid token: must start with t-/u-"),
    99991672: Meaning(REJECT, NO_PERMISSION, "No permission"),
    99991673: Meaning(RETRY, "app_unavailable", "unauthorized app"),
    99991676: Meaning(REJECT, NO_PERMISSION, "token no permission"),
    99991677: Meaning(RETRY, TOKEN_INVALID, "token expire"),
    99991679: Meaning(REJECT, NO_PERMISSION),
    99992361: Meaning(REJECT, "id_of_another_app", "open_id cross app"),
    99992402: Meaning(REJECT, "bad_parameter", "field validation failed"),
}

OAUTH_CODES: dict[int, Meaning] = {
    20002: Meaning(RETRY, "bad_app_credential", "The client secret is invalid."),
    20003: Meaning(REJECT, "authorization_invalid", "The authorization code is not found."),
    20004: Meaning(REJECT, "authorization_invalid", "The authorization code has expired."),
    20010: Meaning(RETRY, "app_unavailable", "The user does not have permission to use this app."),
    20024: Meaning(
        REJECT, "authorization_invalid", "The code or refresh token does not match the client ID."
    ),
    20026: Meaning(REJECT, "refresh_token_invalid", "The refresh token passed is invalid."),
    20027: Meaning(REJECT, NO_PERMISSION),
    20037: Meaning(REJECT, "refresh_token_invalid", "The refresh token passed has expired."),
    20049: Meaning(REJECT, "authorization_invalid", "PKCE code challenge failed."),
    20050: Meaning(RETRY, "failed", "An unexpected server error occurred."),
    20064: Meaning(REJECT, "refresh_token_invalid", "The refresh token has been revoked."),
    20065: Meaning(REJECT, "authorization_invalid", "The authorization code has been used."),
    20067: Meaning(REJECT, "bad_parameter", "The provided scope list contains duplicate scopes."),
    20068: Meaning(REJECT, NO_PERMISSION, "The provided scope list contains scopes that are not permitted."),
    20070: Meaning(REJECT, "bad_parameter", "Multiple authentication methods were provided."),
    20071: Meaning(REJECT, "authorization_invalid", "The provided redirect URI does not match."),
    20072: Meaning(RETRY, "failed", "The server is temporarily unavailable."),
    20073: Meaning(REJECT, "refresh_token_invalid", "The refresh token has been used."),
    20074: Meaning(RETRY, "refresh_disabled", "The specified app is not allowed to refresh token."),
}

BASE_CODES: dict[int, Meaning] = {
    1254000: Meaning(REJECT, "bad_body", "WrongRequestJson"),
    1254001: Meaning(REJECT, "bad_body", "WrongRequestBody"),
    1254002: Meaning(RETRY, "failed", "Fail"),
    1254003: Meaning(REJECT, "base_not_found", "WrongBaseToken"),
    1254004: Meaning(REJECT, "table_not_found", "WrongTableId"),
    1254005: Meaning(REJECT, "view_not_found", "WrongViewId"),
    1254006: Meaning(REJECT, RECORD_NOT_FOUND, "WrongRecordId"),
    1254007: Meaning(REJECT, "empty_value", "EmptyValue"),
    1254009: Meaning(REJECT, FIELD_NOT_FOUND, "WrongFieldId"),
    1254010: Meaning(REJECT, "bad_body", "ReqConvError"),
    1254015: Meaning(REJECT, "wrong_field_type", "Field types do not match."),
    1254016: Meaning(REJECT, "bad_filter", "InvalidSort"),
    1254018: Meaning(REJECT, "bad_filter", "InvalidFilter"),
    1254024: Meaning(REJECT, "bad_field_names", "InvalidFieldNames"),
    1254030: Meaning(REJECT, ANSWER_TOO_LARGE, "TooLargeResponse"),
    1254036: Meaning(RETRY, "base_copying", "Base is copying, please try again later."),
    1254037: Meaning(REJECT, "bad_client_token"),
    1254040: Meaning(REJECT, "base_not_found", "BaseTokenNotFound"),
    1254041: Meaning(REJECT, "table_not_found", "TableIdNotFound"),
    1254042: Meaning(REJECT, "view_not_found", "ViewIdNotFound"),
    1254043: Meaning(REJECT, RECORD_NOT_FOUND, "RecordIdNotFound"),
    1254044: Meaning(REJECT, FIELD_NOT_FOUND, "FieldIdNotFound"),
    1254045: Meaning(REJECT, FIELD_NOT_FOUND, "FieldNameNotFound"),
    1254060: Meaning(REJECT, "wrong_field_type", "TextFieldConvFail"),
    1254061: Meaning(REJECT, "wrong_field_type", "NumberFieldConvFail"),
    1254062: Meaning(REJECT, "wrong_field_type", "SingleSelectFieldConvFail"),
    1254063: Meaning(REJECT, "wrong_field_type", "MultiSelectFieldConvFail"),
    1254064: Meaning(REJECT, "wrong_field_type", "DatetimeFieldConvFail"),
    1254065: Meaning(REJECT, "wrong_field_type", "CheckboxFieldConvFail"),
    1254066: Meaning(REJECT, "wrong_field_type", "UserFieldConvFail"),
    1254067: Meaning(REJECT, "wrong_field_type", "LinkFieldConvFail"),
    1254068: Meaning(REJECT, "wrong_field_type", "URLFieldConvFail"),
    1254069: Meaning(REJECT, "wrong_field_type", "AttachFieldConvFail"),
    1254072: Meaning(REJECT, "wrong_field_type", "InvalidPhoneNumber"),
    1254074: Meaning(REJECT, "wrong_field_type", "DuplexLinkFieldConvFail"),
    1254100: Meaning(REJECT, "limit_exceeded", "TableExceedLimit"),
    1254101: Meaning(REJECT, "limit_exceeded", "ViewExceedLimit"),
    1254102: Meaning(REJECT, "limit_exceeded", "FileExceedLimit"),
    1254103: Meaning(REJECT, TABLE_FULL, "RecordExceedLimit"),
    1254104: Meaning(REJECT, BATCH_TOO_LARGE, "RecordAddOnceExceedLimit"),
    1254105: Meaning(REJECT, "limit_exceeded", "ColumnExceedLimit"),
    1254106: Meaning(REJECT, "cell_too_large", "AttachExceedLimit"),
    1254107: Meaning(REJECT, "limit_exceeded", "FilterLengthExceedLimit"),
    1254108: Meaning(REJECT, "limit_exceeded", "SortLengthExceedLimit"),
    1254109: Meaning(REJECT, "limit_exceeded", "FormulaTableSizeExceedLimit"),
    1254130: Meaning(REJECT, "cell_too_large", "TooLargeCell"),
    1254290: Meaning(RETRY, RATE_LIMITED, "TooManyRequest"),
    1254291: Meaning(RETRY, WRITE_CONFLICT, "Write conflict"),
    1254301: Meaning(REJECT, NO_PERMISSION, "OperationTypeError"),
    1254302: Meaning(REJECT, NO_PERMISSION, "Permission denied."),
    1254303: Meaning(REJECT, "wrong_field_type", "AttachPermNotAllow"),
    1254304: Meaning(REJECT, NO_PERMISSION, "Permission denied."),
    1254306: Meaning(REJECT, "limit_exceeded"),
    1254607: Meaning(RETRY, "data_not_ready", "Data not ready, please try again later"),
    1254608: Meaning(RETRY, WRITE_CONFLICT, "ReqRecommited"),
    1255001: Meaning(UNKNOWN, "internal_error", "InternalError"),
    1255002: Meaning(UNKNOWN, "internal_error", "RpcError"),
    1255003: Meaning(UNKNOWN, "internal_error", "MarshalError"),
    1255004: Meaning(UNKNOWN, "internal_error", "UmMarshalError"),
    1255005: Meaning(UNKNOWN, "internal_error", "ConvError"),
    1255006: Meaning(REJECT, CLIENT_TOKEN_CONFLICT),
    1255040: Meaning(UNKNOWN, "timed_out", "Request timed out, please try again later"),
}

FILE_CODES: dict[int, Meaning] = {
    1069601: Meaning(UNKNOWN, "internal_error", "fail"),
    1069602: Meaning(REJECT, "bad_parameter", "param error"),
    1069603: Meaning(REJECT, NO_PERMISSION, "forbidden"),
    1069604: Meaning(REJECT, "base_not_found", "document not found"),
}

MESSAGE_CODES: dict[int, Meaning] = {
    230001: Meaning(REJECT, "bad_parameter", "Your request contains an invalid request parameter."),
    230002: Meaning(REJECT, "bot_not_in_chat", "The bot can not be outside the group."),
    230006: Meaning(RETRY, "bot_disabled", "Bot ability is not activated."),
    230011: Meaning(REJECT, "message_recalled"),
    230013: Meaning(REJECT, "receiver_unavailable", "Bot has NO availability to this user."),
    230020: Meaning(RETRY, RATE_LIMITED, "This operation triggers the frequency limit."),
    230025: Meaning(REJECT, "message_too_long", "The length of the message content reaches its limit."),
    230027: Meaning(REJECT, NO_PERMISSION, "Lack of necessary permissions."),
    230034: Meaning(REJECT, "receiver_unavailable", "The receive_id is invalid."),
    230035: Meaning(REJECT, NO_PERMISSION, "Send Message Permission deny."),
    230049: Meaning(RETRY, "being_sent", "The message is being sent."),
    230053: Meaning(REJECT, "receiver_unavailable", "The user has stopped the bot from sending messages."),
    230099: Meaning(REJECT, "bad_card", "Failed to create card content."),
    232009: Meaning(
        REJECT, "receiver_unavailable", "Your request specifies a chat which has already been dissolved."
    ),
    200310: Meaning(REJECT, "card_of_another_app"),
    10002: Meaning(REJECT, "bad_card"),
    11311: Meaning(REJECT, "bad_card"),
    100000: Meaning(REJECT, "bad_card"),
    200000: Meaning(REJECT, "message_recalled"),
    200320: Meaning(REJECT, "bad_parameter"),
    230031: Meaning(REJECT, "message_too_old"),
    230110: Meaning(REJECT, "message_recalled"),
    300090: Meaning(REJECT, "bad_parameter"),
    300020: Meaning(REJECT, "card_token_invalid"),
    300030: Meaning(REJECT, "card_token_spent"),
    300040: Meaning(REJECT, "card_token_spent"),
}

CALENDAR_TASK_AND_CONTACT_CODES: dict[int, Meaning] = {
    190002: Meaning(REJECT, "bad_parameter", "invalid parameters in request"),
    190003: Meaning(UNKNOWN, "internal_error", "internal service error"),
    190004: Meaning(RETRY, RATE_LIMITED, "method rate limited"),
    190005: Meaning(RETRY, RATE_LIMITED, "app rate limited"),
    190010: Meaning(RETRY, RATE_LIMITED, "current operation rate limited"),
    190007: Meaning(RETRY, "bot_disabled", "app bot_id not found"),
    190014: Meaning(REJECT, "bad_parameter"),
    191000: Meaning(REJECT, "calendar_not_found", "calendar not found"),
    191001: Meaning(REJECT, "calendar_not_found", "invalid calendar_id"),
    191002: Meaning(REJECT, NO_PERMISSION, "no calendar access_role"),
    191003: Meaning(REJECT, "calendar_not_found", "calendar is deleted"),
    191004: Meaning(REJECT, "bad_parameter", "invalid calendar type"),
    1470400: Meaning(REJECT, "bad_parameter"),
    1470403: Meaning(REJECT, NO_PERMISSION),
    1470404: Meaning(REJECT, "task_not_found"),
    1470422: Meaning(RETRY, WRITE_CONFLICT),
    1470500: Meaning(UNKNOWN, "internal_error"),
    40001: Meaning(REJECT, "bad_parameter", "invalid parameter"),
    40003: Meaning(UNKNOWN, "internal_error"),
    41012: Meaning(REJECT, "user_not_found", "user id invalid error"),
    41050: Meaning(REJECT, NO_PERMISSION, "no user authority"),
}

CODES = (
    WORKFLOW_CODES
    | PLATFORM_CODES
    | OAUTH_CODES
    | BASE_CODES
    | FILE_CODES
    | MESSAGE_CODES
    | CALENDAR_TASK_AND_CONTACT_CODES
)
UNKNOWN_CODE = Meaning(RETRY, "unknown_code")
VALUE_CODES = range(1254060, 1254100)
"""Where Lark numbers what is wrong with a cell; not all of them are published."""
UNKNOWN_VALUE = Meaning(REJECT, "wrong_field_type")

HTTP_STATUSES: dict[int, Meaning] = {
    400: Meaning(REJECT, "http_400"),
    413: Meaning(REJECT, "body_too_large"),
    415: Meaning(REJECT, "http_415"),
    429: Meaning(RETRY, RATE_LIMITED),
    503: Meaning(RETRY, "http_503"),
}
