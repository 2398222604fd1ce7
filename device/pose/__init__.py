"""From a frame to keypoints: the pose network, its crop, and smoothing."""
