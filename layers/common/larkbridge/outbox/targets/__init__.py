"""Where deliveries go, one module per kind of call."""
