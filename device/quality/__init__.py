"""What is made of a set's keypoints after it: whether they can be judged, and how good it was."""
