"""What to buy next: learned from orders, content and popularity."""
