"""Measures the budgets: `python -m bench` prints one table."""
