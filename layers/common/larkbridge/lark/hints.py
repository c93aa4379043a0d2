"""What a person can do when Lark refuses: one sentence or two for each reason.

The reasons come from the lists of codes, from `larkbridge.lark.answers` and from the table sync.
"""

from larkbridge.lark.error_codes import VALUE_CODES, known_codes

_APP = "Lark's developer console"
_PASSES = "It passes by itself: it is tried again."
_DEFECT = "No setting changes it: Lark's message says what is wrong, and it is for a developer."
_AUTHORISE = "The person has to authorise the app again."

HINTS = {
    "access_denied": "The person has not agreed; they may be asked again.",
    "answer_too_large": "Lark's answer is too long: shorten the longest cells or map fewer columns.",
    "api_withdrawn": f"Lark does not have this API at LARK_DOMAIN, or no longer. {_DEFECT}",
    "app_disabled": f"Switch the app on in {_APP}.",
    "app_not_set": "Deploy with LarkAppId and put LARK_APP_SECRET into the private secret.",
    "app_unavailable": f"Make the app available to the person in {_APP} and publish a version.",
    "authorization_invalid": _AUTHORISE,
    "bad_app_credential": (
        f"LARK_APP_ID and LARK_APP_SECRET must be those that {_APP} shows; check LARK_DOMAIN too."
    ),
    "bad_body": _DEFECT,
    "bad_card": "Lark's message says what is wrong with the card; it is for a developer.",
    "bad_client_token": _DEFECT,
    "bad_credential": "LARK_FORM_WEBHOOK_TOKEN must be the bearer token of the workflow's trigger.",
    "bad_field_names": "A column was renamed or removed, or advanced permissions hide it from the app.",
    "bad_filter": _DEFECT,
    "bad_parameter": "Lark's message names the parameter: mend the value, or tell a developer.",
    "bad_request": "Check the app token and the table's id; if they are right, it is for a developer.",
    "base_copying": "Wait until Lark has copied the Base.",
    "base_not_found": "Check the app token; for a Base in a wiki it is not the one in the address.",
    "batch_too_large": f"Lark takes fewer records at once than before. {_DEFECT}",
    "being_sent": _PASSES,
    "body_not_json": _DEFECT,
    "body_too_large": "Shorten the content: Lark takes 4 MB.",
    "bot_disabled": f"Give the app the bot ability in {_APP} and publish a version.",
    "bot_not_in_chat": "Add the bot to the group.",
    "calendar_not_found": "Check the calendar's id; it may have been deleted.",
    "callback_failed": (
        f"In {_APP}, under Callback Configuration, the request URL must end in /webhook/card and a version "
        "be published; the log of ReceiveWebhookFunction says what came in."
    ),
    "card_of_another_app": "A card can only be changed by the app that sent it.",
    "card_token_invalid": "The click's update token is malformed; a new click brings a new one.",
    "card_token_spent": "The click's update token is used up or too old; a new click brings a new one.",
    "cell_too_large": "Shorten the text (100,000 characters) or the list of attachments (100).",
    "chat_not_found": "Check the group's id; the group may have been dissolved.",
    "client_token_conflict": _DEFECT,
    "columns_drifted": "Bring the columns back as tables.toml has them, or change tables.toml and deploy.",
    "creation_doubtful": "It passes by itself: what became of the creations is looked up.",
    "data_not_ready": _PASSES,
    "department_not_found": "Check the department's id, and the app's range of contacts.",
    "device_code_expired": "Nobody agreed in time: begin again.",
    "empty_value": "Give the row a value where Lark needs one.",
    "encryption_key_deleted": "The tenant's own encryption key was deleted: ask the tenant's administrator.",
    "event_not_found": "Check the event's id; it may have been deleted.",
    "failed": _PASSES,
    "field_not_found": "A column was renamed or removed, or advanced permissions hide it from the app.",
    "id_of_another_app": "Use the id that the person has for this app.",
    "internal_error": f"Lark failed. {_PASSES}",
    "ip_not_allowed": (
        f"Remove the IP list, of the app in {_APP} or of the workflow's trigger: Lambda has no fixed "
        "addresses. Or run the functions in a VPC behind a NAT gateway and list its Elastic IP."
    ),
    "limit_exceeded": "A limit of Lark's is reached: see its message, and make room.",
    "message_recalled": "The message was recalled or deleted; nothing to mend.",
    "message_refused": (
        "Lark's content check refused it: leave out phone numbers, e-mail addresses and sensitive words."
    ),
    "message_too_long": "Shorten the text: Lark takes 150 KB, a card 30 KB.",
    "message_too_old": (
        "Send a new card: Lark changes none that is older than 14 days, and recalls no message after a day."
    ),
    "no_permission": (
        f"Give the app the scope in {_APP}, publish a version, and add the app to the Base with the right to "
        "manage it; then ask for a sync or a retry."
    ),
    "no_refresh_token": (
        f"Switch on offline_access and the refresh of user access tokens in {_APP} and publish a version; "
        "then the person connects again."
    ),
    "nothing_visible": (
        "Lark shows the app no record at all. Give the app the right to manage the Base; if the table is "
        "really empty, ask for a full sync that accepts deletions."
    ),
    "place_changed": (
        "LARK_TABLES names another table of Lark's than before, or its role is another. Take that back, or "
        "ask for a full sync that accepts deletions: then every row gets a new record there."
    ),
    "quota_used_up": (
        "The tenant's calls of this month are used up (Lark's admin console shows them under Billing): wait "
        "for the next month or take a larger plan."
    ),
    "rate_limited": _PASSES,
    "reaction_not_found": "The reaction was removed already; nothing to mend.",
    "receiver_unavailable": f"Make the app available to the person in {_APP}; they may have muted it.",
    "record_not_found": "The record was deleted in Lark.",
    "redirect_not_registered": f"Add the redirect URL, letter for letter, under Security Settings in {_APP}.",
    "refresh_disabled": f"Switch on the refresh of user access tokens in {_APP} and publish a version.",
    "refresh_token_invalid": _AUTHORISE,
    "scope_not_enabled": f"Switch the scope on in {_APP} and publish a version.",
    "self_call_loop": "The workflow calls its own webhook: change the address in its HTTP action.",
    "table_full": "The table has as many records as Lark takes: move old ones to another.",
    "table_not_found": "Check the table's id; the table may have been deleted.",
    "task_not_found": "The task was deleted in Lark.",
    "timed_out": f"Lark took too long. {_PASSES}",
    "token_invalid": "It passes; if not, renew the app's secret, or let the person authorise the app again.",
    "unauthorized": "No enabled configuration names the button's table: POST /v1/feishu/config.",
    "unknown_code": "Lark answered with a code that our lists do not have.",
    "url_not_set": "Deploy with LarkFormWebhookUrl.",
    "user_not_found": "Check the person's id; they may have left.",
    "view_not_found": "Check the view's id; the view may have been deleted.",
    "workflow_disabled": "Switch the workflow on in Lark.",
    "write_conflict": "It passes; let nothing else write to the Base at the same time.",
    "wrong_field_type": "Make the value fit its column; Lark's message names the kind.",
    "http_401": (
        "Lark does not accept the credential: LARK_APP_ID and LARK_APP_SECRET, for forms "
        "LARK_FORM_WEBHOOK_TOKEN."
    ),
    "http_403": "Lark forbids it: check the app's scopes, its version and its right to the Base.",
    "http_404": "What the address names is not there: LARK_FORM_WEBHOOK_URL, LARK_DOMAIN, or an id.",
}

_OTHER_REFUSAL = "It was refused by its HTTP status: see the message, and ask whoever runs the other side."
_UNLISTED = (
    " Look up Lark's code {code} at https://open.larksuite.com/document, or give Lark's support the log "
    "id{log_id}."
)


def hint_of(reason: str, lark_code: int | None = None, log_id: str | None = None) -> str:
    """Return what a person can do, empty for a reason that is not Lark's.

    Parameters
    ----------
    lark_code, log_id
        Of the answer: a code that is in no list is named, with where to look it up.
    """
    hint = HINTS.get(reason, "") or _hint_of_status(reason)
    if not lark_code or lark_code in VALUE_CODES or lark_code in known_codes():
        return hint
    return (hint + _UNLISTED.format(code=lark_code, log_id=f" {log_id}" if log_id else "")).lstrip()


def _hint_of_status(reason: str) -> str:
    if reason.startswith("http_4"):
        return _OTHER_REFUSAL
    return _PASSES if reason.startswith("http_") else ""
