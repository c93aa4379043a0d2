"""Webhooks on their way in: who sent a request, which events it carries, and their one conditional put."""
