"""The gateway and API: the only door of the product."""
