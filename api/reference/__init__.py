"""The reference of the api at /docs, written from its OpenAPI document."""
