"""Customers: who they are, where they live, what they want and agreed to."""
