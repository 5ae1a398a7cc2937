"""What rooms above are told of, inside the transaction of the act."""

from django.dispatch import Signal

# Sent with `letter` once its sending on another buyer profile is recorded: a delay of the law may run from there.
letter_dispatched = Signal()
