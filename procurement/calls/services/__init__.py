"""Acts on a call: writing it, publishing it, planning its periods, changing or ending it."""
