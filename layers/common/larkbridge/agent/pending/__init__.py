"""What the agent does for a person after they have agreed to it on a card."""
