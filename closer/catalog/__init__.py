"""The catalogue: products, their stock, search, pictures."""
