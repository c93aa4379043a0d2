"""Calls of a Base and what its records are here."""
