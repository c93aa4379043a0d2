"""The chat agent: one chat at a time, one answer a message."""
