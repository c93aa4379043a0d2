"""What the events do: one module per family, and the engine that runs them."""
