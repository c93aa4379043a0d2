"""Larkbridge's common layer: everything the functions share."""

import gc

__version__ = "0.1.0"

# A cold start makes 100,000 objects that stay: looking for garbage among them 31 times takes a tenth of it.
gc.set_threshold(100_000, 10, 10)
