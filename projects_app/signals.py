"""What higher apps tell the lower ones, inside the verb's transaction."""

from django.dispatch import Signal

# Sent when a project's proof of payment was recorded: sender=Project, project=…, run=Run.
pop_recorded = Signal()

# Asked before a project is cancelled: sender=Project, project=…, run=Run. Whoever holds work of
# the project either ends it or raises TransitionError.
project_cancelling = Signal()
