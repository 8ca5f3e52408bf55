"""Dialogue policies without TensorFlow."""
