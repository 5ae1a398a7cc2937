"""What a company does with its profile by itself: write it as a draft, send it to review, withdraw it."""
