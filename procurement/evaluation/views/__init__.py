"""Pages of the choice, from the opened candidatures to the end of the standstill: one module a moment."""
