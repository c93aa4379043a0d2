"""Every setting of the functions; each function makes its own object of them at import."""

from larkbridge.environment import (
    Settings,
    address,
    callback,
    choice,
    grants,
    hosts,
    ids,
    lark_id,
    minutes,
    networks,
    number,
    origin,
    page,
    part,
    phrase,
    required,
    text,
    words,
)


class LarkAppSettings(Settings):
    """The app that Lark is called as; without its id nothing calls Lark."""

    domain = origin("LARK_DOMAIN", "https://open.larksuite.com")
    app_id = text("LARK_APP_ID")


class VaultSettings(Settings):
    """Where people's tokens are, what opens them, and who renews them."""

    tokens_table = required("TOKENS_TABLE")
    private_secrets_id = required("PRIVATE_SECRETS_ID")
    accounts_domain = origin("LARK_ACCOUNTS_DOMAIN", "https://accounts.larksuite.com")
    lark = part(LarkAppSettings)


class StaffSettings(Settings):
    """Who of the tenant's people may do what here, by their open id or their department."""

    staff = grants("STAFF", "read", "retry", "write", "people", "admin")


class SubmissionSettings(Settings):
    """The sending of submissions; without the workflow's address they wait."""

    secrets_id = required("SECRETS_ID")
    submissions_table = required("SUBMISSIONS_TABLE")
    destinations_table = required("DESTINATIONS_TABLE")
    webhook_url = address("LARK_FORM_WEBHOOK_URL")


class FileSettings(Settings):
    """Where files are, and what is known of them."""

    stored_files_table = required("STORED_FILES_TABLE")
    bucket = required("FILES_BUCKET")


class UploadSettings(Settings):
    """Files that come with forms; without PUBLIC_URL links lead to the domain of the request."""

    deliveries_table = required("DELIVERIES_TABLE")
    files = part(FileSettings)
    public_url = address("PUBLIC_URL")


class DeliverySettings(Settings):
    """The sending of deliveries."""

    private_secrets_id = required("PRIVATE_SECRETS_ID")
    deliveries_table = required("DELIVERIES_TABLE")
    destinations_table = required("DESTINATIONS_TABLE")
    button_results_table = required("BUTTON_RESULTS_TABLE")
    lark = part(LarkAppSettings)
    submissions_table = required("SUBMISSIONS_TABLE")
    source_rows_table = required("SOURCE_ROWS_TABLE")
    files = part(FileSettings)
    callback_hosts = hosts("MODELRIVER_CALLBACK_HOSTS", "api.modelriver.com")
    local_origin = origin("LOCAL_ORIGIN")


class TableSettings(Settings):
    """The synced tables. `places` and what else a registry needs is checked where it is read."""

    mirror_rows_table = required("MIRROR_ROWS_TABLE")
    source_rows_table = required("SOURCE_ROWS_TABLE")
    sync_state_table = required("SYNC_STATE_TABLE")
    places = words("LARK_TABLES")
    client_token_time = minutes("LARK_CLIENT_TOKEN_MINUTES", 60, most=10_080)


class FeedSettings(Settings):
    """What forms become rows. A wrong word feeds nothing: it may not keep a form from being stored."""

    form_types = words("FORM_FEEDS")
    places = words("LARK_TABLES")
    source_rows_table = required("SOURCE_ROWS_TABLE")


class ButtonSettings(Settings):
    allowed_networks = networks("FEISHU_BUTTON_ALLOWED_CIDRS")
    user_limit = number("FEISHU_BUTTON_USER_LIMIT", 30, most=999_999_999)
    ip_limit = number("FEISHU_BUTTON_IP_LIMIT", 300, most=999_999_999)


class ModelRiverSettings(Settings):
    signature_header = text("MODELRIVER_SIGNATURE_HEADER", "mr-signature")
    timestamp_header = text("MODELRIVER_TIMESTAMP_HEADER", "mr-timestamp")
    signed_content = choice("MODELRIVER_SIGNED_CONTENT", "body", "timestamp.body", "timestamp.data")


class ZaloSettings(Settings):
    app_id = text("ZALO_APP_ID")
    oa_id = text("ZALO_OA_ID")
    signed_id = choice("ZALO_SIGNED_ID", "app_id", "oa_id")
    timestamp_source = choice("ZALO_TIMESTAMP_SOURCE", "body", "header")


class ProviderSettings(Settings):
    """What the webhooks' providers are asked for beside their secrets."""

    lark_app_id = text("LARK_APP_ID")
    button = part(ButtonSettings)
    modelriver = part(ModelRiverSettings)
    zalo = part(ZaloSettings)


class PageSettings(Settings):
    """What the forms' pages show beside the forms; what is empty is not on them."""

    centre_name = phrase("CENTRE_NAME")
    centre_logo_url = page("CENTRE_LOGO_URL")
    privacy_url = page("PRIVACY_URL")
    privacy_contact = phrase("PRIVACY_CONTACT")
    turnstile_site_key = text("TURNSTILE_SITE_KEY")
    upload_origin = origin("UPLOAD_ORIGIN")


class ServePagesSettings(Settings):
    pages = part(PageSettings)


class FormLimitSettings(Settings):
    """How many forms one address may post within ten minutes, and who says whose address it is."""

    rate_limits_table = required("RATE_LIMITS_TABLE")
    soft_limit = number("FORM_SOFT_LIMIT", 30, most=999_999_999)
    hard_limit = number("FORM_HARD_LIMIT", 300, most=999_999_999)
    trusted_header = text("TRUSTED_CLIENT_IP_HEADER")


class SubmitFormSettings(Settings):
    limits = part(FormLimitSettings)
    turnstile_origin = origin("TURNSTILE_ORIGIN", "https://challenges.cloudflare.com")
    submissions = part(SubmissionSettings)
    pages = part(PageSettings)
    feeds = part(FeedSettings)
    allowed_origins = words("ALLOWED_ORIGINS", "http://localhost:3000")
    traces_table = required("FORM_TRACES_TABLE")
    uploads = part(UploadSettings)


class ChatSettings(Settings):
    """Where what people do in chats is handed over, and what they stop or recall is noted."""

    queue_url = required("CHAT_QUEUE_URL")
    conversations_table = required("CONVERSATIONS_TABLE")


class ReceiveWebhookSettings(Settings):
    secrets_id = required("SECRETS_ID")
    events_table = required("EVENTS_TABLE")
    rate_limits_table = required("RATE_LIMITS_TABLE")
    providers = part(ProviderSettings)


class ProcessEventSettings(Settings):
    private_secrets_id = required("PRIVATE_SECRETS_ID")
    events_table = required("EVENTS_TABLE")
    deliveries_table = required("DELIVERIES_TABLE")
    payments_table = required("PAYMENTS_TABLE")
    subscriptions_table = required("SUBSCRIPTIONS_TABLE")
    users_table = required("USERS_TABLE")
    content_table = required("CONTENT_TABLE")
    button_configs_table = required("BUTTON_CONFIGS_TABLE")
    chat = part(ChatSettings)
    lark = part(LarkAppSettings)
    tables = part(TableSettings)


class SendDeliveriesSettings(Settings):
    """First attempts, and alarms as cards: without MORNING_CHAT_ID there are none."""

    deliveries = part(DeliverySettings)
    rate_limits_table = required("RATE_LIMITS_TABLE")
    morning_chat_id = lark_id("MORNING_CHAT_ID", "oc_")


class RetryDueSettings(Settings):
    """What works through backlogs, and tells of them: without MORNING_CHAT_ID nobody is told."""

    submissions = part(SubmissionSettings)
    events = part(ProcessEventSettings)
    deliveries = part(DeliverySettings)
    vault = part(VaultSettings)
    morning_chat_id = lark_id("MORNING_CHAT_ID", "oc_")
    audit_table = required("AUDIT_TABLE")


class SyncMirrorsSettings(Settings):
    private_secrets_id = required("PRIVATE_SECRETS_ID")
    lark = part(LarkAppSettings)
    tables = part(TableSettings)


class PushSourcesSettings(Settings):
    private_secrets_id = required("PRIVATE_SECRETS_ID")
    lark = part(LarkAppSettings)
    tables = part(TableSettings)
    fed_forms = words("FORM_FEEDS")


class CentreDataSettings(Settings):
    """The centre's own data, as the bot's tools read it, and the chats whose members may all read it."""

    submissions_table = required("SUBMISSIONS_TABLE")
    deliveries_table = required("DELIVERIES_TABLE")
    mirror_rows_table = required("MIRROR_ROWS_TABLE")
    source_rows_table = required("SOURCE_ROWS_TABLE")
    sync_state_table = required("SYNC_STATE_TABLE")
    places = words("LARK_TABLES")
    traces_table = required("FORM_TRACES_TABLE")
    feeds = part(FeedSettings)
    staff_chats = ids("AGENT_STAFF_CHATS", "oc_")


class ModelSettings(Settings):
    """The model behind the bot, and how much of it one answer and one person's day may cost."""

    base_url = origin("ANTHROPIC_BASE_URL", "https://api.anthropic.com")
    model = text("ANTHROPIC_MODEL", "claude-sonnet-5-5")
    effort = choice("ANTHROPIC_EFFORT", "low", "medium", "high", "xhigh", "max", "unset")
    max_tokens = number("ANTHROPIC_MAX_TOKENS", 4096, most=32_000)
    daily_tokens = number("AGENT_DAILY_TOKENS", 500_000, most=999_999_999)


class ChatAgentSettings(Settings):
    """The bot that answers; without LARK_OAUTH_REDIRECT_URI nobody can connect."""

    conversations_table = required("CONVERSATIONS_TABLE")
    given_up_arn = required("CHAT_TURNS_GIVEN_UP_ARN")
    reply_in_thread = choice("AGENT_REPLY_IN_THREAD", "on", "off")
    vault = part(VaultSettings)
    connect_requests_table = required("CONNECT_REQUESTS_TABLE")
    audit_table = required("AUDIT_TABLE")
    redirect_uri = callback("LARK_OAUTH_REDIRECT_URI", "/oauth/callback")
    staff = part(StaffSettings)
    centre = part(CentreDataSettings)
    morning_chat_id = lark_id("MORNING_CHAT_ID", "oc_")
    model = part(ModelSettings)


class AdminApiSettings(Settings):
    api_keys_table = required("API_KEYS_TABLE")
    submissions_table = required("SUBMISSIONS_TABLE")
    traces_table = required("FORM_TRACES_TABLE")
    events_table = required("EVENTS_TABLE")
    deliveries_table = required("DELIVERIES_TABLE")
    destinations_table = required("DESTINATIONS_TABLE")
    users_table = required("USERS_TABLE")
    content_table = required("CONTENT_TABLE")
    button_configs_table = required("BUTTON_CONFIGS_TABLE")
    mirror_rows_table = required("MIRROR_ROWS_TABLE")
    source_rows_table = required("SOURCE_ROWS_TABLE")
    sync_state_table = required("SYNC_STATE_TABLE")
    places = words("LARK_TABLES")
    feeds = part(FeedSettings)
    stored_files_table = required("STORED_FILES_TABLE")
    local_origin = origin("LOCAL_ORIGIN")


class ServeFilesSettings(Settings):
    secrets_id = required("SECRETS_ID")
    api_keys_table = required("API_KEYS_TABLE")
    deliveries_table = required("DELIVERIES_TABLE")
    files = part(FileSettings)


class AuthorizeUserSettings(Settings):
    """Where people connect; without LARK_OAUTH_REDIRECT_URI nobody can."""

    redirect_uri = callback("LARK_OAUTH_REDIRECT_URI", "/oauth/callback")
    connect_requests_table = required("CONNECT_REQUESTS_TABLE")
    audit_table = required("AUDIT_TABLE")
    chat_queue_url = required("CHAT_QUEUE_URL")
    vault = part(VaultSettings)
    pages = part(PageSettings)
