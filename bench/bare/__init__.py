"""Handlers with a function's libraries and calls and nothing else: what its cold start is held against.

Each is written as plainly as the libraries allow: default settings, one session, and the smallest model that
has the function's fields. A library is here only if the function cannot do its job without it.
"""
