"""Ordering what is in a cart, by its link: delivery, payment, and telling the customer."""
