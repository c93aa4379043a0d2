"""Files that come with forms: what they may be, what they are called, and how they are uploaded."""
