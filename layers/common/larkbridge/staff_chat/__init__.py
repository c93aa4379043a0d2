"""What the staff's chat is told without having asked."""
