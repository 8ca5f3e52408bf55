"""Fills the demo shop; see `__main__`."""
