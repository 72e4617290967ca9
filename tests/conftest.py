"""Fixtures for all tests."""

from daemon_on_jack import bed
from jackbed import jack, jack_server

__all__ = ["bed", "jack", "jack_server"]
