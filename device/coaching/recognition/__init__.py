"""Recognises the exercise and its phase by nearest neighbours over pose embeddings."""
