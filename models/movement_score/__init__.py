"""What a movement's score from 0 (perfect) to 4 (poor) is made of; no network is in here."""
