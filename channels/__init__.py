"""Rasa custom connectors, one a channel, and the inbound chain that they share."""
