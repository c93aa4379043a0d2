"""The model behind the chat: what it is told, what it may call, and when it is over."""
