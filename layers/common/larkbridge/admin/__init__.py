"""The admin API: who may call it, and what it does with submissions."""
