"""Larkbridge's common layer: everything the functions share."""

import gc

__version__ = "0.1.0"

# A cold start makes up to 120,000 objects that stay: looking for garbage among them takes a tenth of it.
gc.set_threshold(200_000, 10, 10)
