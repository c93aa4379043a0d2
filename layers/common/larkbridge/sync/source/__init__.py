"""SOURCE tables: we are right, rows are pushed."""
