"""Tokens that change while we run: encrypted, refreshed under a lease, never spent twice."""
