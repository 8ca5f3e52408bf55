"""Handing a conversation to a person, the queue, and appointments."""
