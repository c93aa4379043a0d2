"""What others would make the webhook of: each takes the same encrypted Lark message as plainly as it can."""
