"""How people are reached: their addresses, messages to them, going on elsewhere, visitors who turn out to be customers."""
