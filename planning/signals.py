"""What planning tells the apps above it, which it may not import. Receivers work in the sender's transaction."""

from django.dispatch import Signal

# A department's stream was submitted, withdrawn or returned: `plan`, `stream`, `state`, `by`, `note`.
stream_moved = Signal()
# Who knows, answers the day by which the departments' numbers of a `cycle` are due.
streams_due = Signal()
