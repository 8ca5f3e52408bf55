"""The e-mail channel: what a mail says, and how an answer is written."""
