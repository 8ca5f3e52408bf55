"""Model versions and their deployment: what may serve, what does, and since when."""
