"""Puts what each function runs together from its settings; nothing else chooses real parts.

Nothing here does anything. AWS clients are made at once, when a function is imported: a Lambda starts up on
full power.
"""
