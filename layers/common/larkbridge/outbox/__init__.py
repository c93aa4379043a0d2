"""Deliveries that must succeed in the end: the state machine, backoff, circuit breaker and drain."""
