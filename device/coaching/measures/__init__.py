"""Measures from 17 keypoints in a picture, by region of the body, in clinical convention."""
