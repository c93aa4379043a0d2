"""What the model can do: each tool acts for the person who asks, with their rights only."""
