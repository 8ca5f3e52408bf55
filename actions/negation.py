"""Contracted negations in a pattern: "didn't", "dont", "isn’t", and not the end of "want", "sent" or "account"."""

from __future__ import annotations

#: To be put into a pattern; it begins within a word, so no `\b` may stand before it.
NT = r"(?:n['’]t|(?<![^\W_])(?:do|does|did|is|was|wo|would|should|ca|could|have|has|had|are|were|ai|need|must)nt)\b"
