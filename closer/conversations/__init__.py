"""Conversations: the turn, the inbox that loses nothing, the history, the client of the dialogue."""
