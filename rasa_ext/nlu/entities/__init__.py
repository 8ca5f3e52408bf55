"""Finding values in messages: patterns, word lists, a trained tagger, and how they are merged."""
