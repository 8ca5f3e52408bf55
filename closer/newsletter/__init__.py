"""The newsletter for people without an account; a customer's subscription stands in the customer's record."""
