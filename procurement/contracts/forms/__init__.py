"""Forms of the pages of contracts: they read what was typed; services decide."""
