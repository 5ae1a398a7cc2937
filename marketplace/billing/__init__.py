"""Plans of companies, and what Stripe says of them. Bidding, deposit, signature and being listed never ask here."""
