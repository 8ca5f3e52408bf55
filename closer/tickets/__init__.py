"""Tickets: what people must look after, with priority, due time and history."""
