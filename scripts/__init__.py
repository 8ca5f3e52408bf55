"""Tools for those who run and develop the product; run them as modules from the checkout: `python -m scripts.<name>`."""
