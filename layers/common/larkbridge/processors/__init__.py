"""What the events do: one module per family, and what runs them."""
