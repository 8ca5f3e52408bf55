"""What happens in conversations, counted by day and channel."""
