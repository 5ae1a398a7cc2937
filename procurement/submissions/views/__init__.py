"""Pages of the room: a firm answers and hands in, custodians keep keys and open."""
