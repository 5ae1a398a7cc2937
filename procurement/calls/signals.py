"""What rooms above are told of, inside the transaction of the act."""

from django.dispatch import Signal

# Sent with `period` when its deadline was moved forward: those who handed in already are told the new one.
deadline_extended = Signal()
