"""Carts and signed checkout links."""
