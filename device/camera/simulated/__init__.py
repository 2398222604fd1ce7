"""The simulated patient: a rendered person with known joint angles, as a camera."""
