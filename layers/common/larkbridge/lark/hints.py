"""What a person can do when Lark refuses: one sentence for each reason that a person can mend.

The reasons and where they come from stand in `larkbridge.lark.errors` and `larkbridge.lark.answers`.
"""

_APP = "Lark's developer console"

HINTS = {
    "answer_too_large": "Lark's answer is too long: shorten the longest cells or map fewer columns.",
    "app_disabled": f"Switch the app on in {_APP}.",
    "app_not_set": "Deploy with LarkAppId and put LARK_APP_SECRET into the secret.",
    "app_unavailable": f"Make the app available to the person in {_APP} and publish a version.",
    "authorization_invalid": "The person has to authorise the app again.",
    "bad_app_credential": f"LARK_APP_ID and LARK_APP_SECRET must be those that {_APP} shows.",
    "bad_credential": "LARK_FORM_WEBHOOK_TOKEN must be the bearer token of the workflow's trigger.",
    "base_copying": "Wait until Lark has copied the Base.",
    "base_not_found": "Check the app token; for a Base in a wiki it is not the one in the address.",
    "bot_disabled": f"Give the app the bot ability in {_APP} and publish a version.",
    "bot_not_in_chat": "Add the bot to the group.",
    "calendar_not_found": "Check the calendar's id; it may have been deleted.",
    "card_of_another_app": "A card can only be changed by the app that sent it.",
    "cell_too_large": "Shorten the text (100,000 characters) or the list of attachments (100).",
    "columns_drifted": "Bring the columns back as tables.toml has them, or change tables.toml and deploy.",
    "creation_doubtful": "It passes by itself: what became of the creations is looked up.",
    "empty_value": "Give the row a value where Lark needs one.",
    "field_not_found": "A column was renamed or removed, or advanced permissions hide it from the app.",
    "id_of_another_app": "Use the id that the person has for this app.",
    "ip_not_allowed": f"Add Lambda's addresses to the IP list, of the app in {_APP} or of the trigger.",
    "limit_exceeded": "A limit of Lark's is reached: see its message, and make room.",
    "message_too_old": "Send a new card: Lark changes none that is older than 14 days.",
    "no_permission": (
        f"Give the app the scope in {_APP} and the right to manage the Base, then ask for a sync or a retry."
    ),
    "nothing_visible": (
        "Lark shows the app no record at all. Give the app the right to manage the Base; if the table is "
        "really empty, ask for a full sync that accepts deletions."
    ),
    "place_changed": (
        "LARK_TABLES names another table of Lark's than before, or its role is another. Take that back, or "
        "ask for a full sync that accepts deletions: then every row gets a new record there."
    ),
    "receiver_unavailable": f"Make the app available to the person in {_APP}; they may have muted it.",
    "record_not_found": "The record was deleted in Lark.",
    "refresh_disabled": f"Switch on the refresh of user access tokens in {_APP} and publish a version.",
    "refresh_token_invalid": "The person has to authorise the app again.",
    "table_full": "The table has as many records as Lark takes: move old ones to another.",
    "table_not_found": "Check the table's id; the table may have been deleted.",
    "task_not_found": "The task was deleted in Lark.",
    "token_invalid": "It passes; if not, renew the app's secret, or let the person authorise the app again.",
    "url_not_set": "Deploy with LarkFormWebhookUrl.",
    "user_not_found": "Check the person's id; they may have left.",
    "view_not_found": "Check the view's id; the view may have been deleted.",
    "workflow_disabled": "Switch the workflow on in Lark.",
    "write_conflict": "It passes; let nothing else write to the Base at the same time.",
    "wrong_field_type": "Make the value fit its column; Lark's message names the kind.",
}
