"""Messages to people, written in the transaction that causes them and delivered afterwards."""
