"""Which tables are kept the same, and with what in Lark."""
