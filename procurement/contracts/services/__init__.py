"""Acts on contracts, in the order in which they come: formation, signature, notification, phases, gates, orders."""
