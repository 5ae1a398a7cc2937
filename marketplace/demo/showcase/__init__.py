"""The demonstration: a whole small world laid out by the very acts of the site, then served."""
