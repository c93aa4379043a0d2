"""MIRROR tables: Lark is right, rows are pulled."""
