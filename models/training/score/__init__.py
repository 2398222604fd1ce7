"""How the score from 0 (perfect) to 4 (poor) was trained; ``python -m models.training.score``."""
