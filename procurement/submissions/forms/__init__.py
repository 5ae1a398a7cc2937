"""Forms of the room. Their values go into the sealed draft only, or to the acts of the room."""
