"""The OpenAPI document of the HTTP API, made of the template's routes and the code's own models."""
