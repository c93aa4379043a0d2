"""Making the attempts that are due, the first ones and the later ones."""
