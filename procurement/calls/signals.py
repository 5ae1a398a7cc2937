"""What rooms above are told of, inside the transaction of the act."""

from django.dispatch import Signal

# Sent with `period` when its deadline was moved forward: those who handed in already are told the new one.
deadline_extended = Signal()

# Sent with `lot`, `fact` and `at` for every dated fact of a lot, by the only door that writes them.
fact_recorded = Signal()

# Sent with `call` when it was published: those whom it concerns are told.
call_published = Signal()
