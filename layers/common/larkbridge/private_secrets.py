"""Which secrets the public functions must not be able to read; they stand in a second secret of AWS's."""

PRIVATE_SECRETS = (
    "TOKEN_VAULT_KEY",
    "LARK_APP_SECRET",
    "MODELRIVER_API_KEY",
    "FORWARD_SIGNING_SECRET",
    "ANTHROPIC_API_KEY",
    "SESSION_KEY",
    "META_ACCESS_TOKEN",
    "META_PAGE_TOKEN",
    "ZALO_APP_SECRET",
)
"""By setting name; each is read from there alone, by whoever has a use for it."""
