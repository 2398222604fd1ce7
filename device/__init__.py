"""The patient's device: camera, pose, coaching, kiosk, store and link to the cloud bridge."""
