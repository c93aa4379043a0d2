"""Lark: what it answers and how it is called. Knows nothing of tables."""
