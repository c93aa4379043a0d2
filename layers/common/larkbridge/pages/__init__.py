"""The parents' pages: what a browser is shown, what it posts, and the links that it gets."""
