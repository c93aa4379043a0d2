"""What deliveries and forms go to: a module each."""
