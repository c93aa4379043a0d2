"""People: who may do what, how they connect their Lark account, and the record of what was done."""
