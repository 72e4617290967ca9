"""What can go wrong, as one tree: an error says what, the value, what is allowed and what to do.

ImprovdError                exit 1
├── UsageError              exit 2   the command line asks for what cannot be
├── ConfigError             exit 2   config.toml has faults, all of them told at once
├── AlreadyRunning                   another daemon answers on the control socket
├── NotRunning                       no daemon answers on the control socket
├── ControlError                     the daemon refused a request
├── PortError                        a MIDI system or port is missing
├── MidiFileError                    a file is no MIDI file, damaged, or has no notes
├── BundleError                      a model does not match its sums, codec or shapes
├── LogError                         a session log is none, damaged, or of another improvd or model
├── CorpusError                      training data are missing or hold no music
└── CheckpointError                  the state of a training cannot be written or read
"""

from __future__ import annotations

from collections.abc import Iterable


class ImprovdError(Exception):
    """An error to show to the user as one clear sentence, without a traceback."""

    exit_code = 1


class UsageError(ImprovdError):
    """The command line asks for something that cannot be."""

    exit_code = 2


class ConfigError(ImprovdError):
    """The configuration has faults; the text holds one a line."""

    exit_code = 2


class AlreadyRunning(ImprovdError):
    """Another daemon answers on the control socket."""


class NotRunning(ImprovdError):
    """No daemon answers on the control socket."""


class ControlError(ImprovdError):
    """The daemon refused a request."""


class PortError(ImprovdError):
    """A MIDI system or port is missing or cannot be opened."""


class MidiFileError(ImprovdError):
    """A file is no MIDI file, is damaged, or holds no notes."""


class BundleError(ImprovdError):
    """A model bundle does not match its sums, its codec or its shapes."""


class LogError(ImprovdError):
    """A session log is none, is damaged, or cannot be replayed here."""


class CorpusError(ImprovdError):
    """Training data are missing, unreadable or hold no music."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" where a known word comes close, else ''."""
    import difflib  # slow to import, and only needed to explain a mistake

    close = difflib.get_close_matches(word[:100], list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


class CheckpointError(ImprovdError):
    """The state of a training cannot be written or read."""
