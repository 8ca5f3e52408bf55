"""Orders: what was bought, how it travels, what it cost, what goes back."""
