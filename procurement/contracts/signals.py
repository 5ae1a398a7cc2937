"""What rooms above are told of, inside the transaction of the act."""

from django.dispatch import Signal

# Sent with `contract` and `now` when a contract ran its course or was stopped.
contract_ended = Signal()
