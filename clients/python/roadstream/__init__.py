"""What a car's unit embeds to speak to Roadstream: docs/python.md of the project says what is promised."""
from .limits import Limits
from .outbox import OutboxError, Stats, Taken
from .vehicle import Vehicle

__all__ = ["Limits", "OutboxError", "Stats", "Taken", "Vehicle"]
