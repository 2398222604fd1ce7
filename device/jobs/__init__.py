"""Video jobs: films and recordings of keypoints analysed on the device, for its own user only."""
