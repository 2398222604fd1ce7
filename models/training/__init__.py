"""How the networks of our own are trained, reproducibly; needs the extra ``train``."""
