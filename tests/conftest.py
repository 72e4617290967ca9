"""Fixtures for all tests."""

from jackbed import jack, jack_server

__all__ = ["jack", "jack_server"]
