"""How the depth network is trained: from thirteen joints in a picture to places in space."""
