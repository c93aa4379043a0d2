"""Which tables are kept the same, and with what in Lark: the registry and what it says of each table."""
