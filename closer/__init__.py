"""The domain of AI Closer X: one package a slice, free of Rasa and of any web framework."""
