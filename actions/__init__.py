"""Custom actions, thin, one file a topic: parse, call one service, say a response."""
