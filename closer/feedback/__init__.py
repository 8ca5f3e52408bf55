"""Ratings, comments and reviews."""
