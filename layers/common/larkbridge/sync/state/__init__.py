"""What runs remember of a table, and of rows."""
