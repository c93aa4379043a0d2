"""Puts the parts of each function together from the environment; nothing else chooses real parts."""
