"""The web pages of doctors and clinics."""
