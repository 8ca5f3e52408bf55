"""The chat sockets: what is announced, what frames look like, one session a socket."""
