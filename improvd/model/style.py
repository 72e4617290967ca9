"""The style of a window: read off what the network remembers of it, by a probe that training fits beside it.

The network is told no style and reads the window as it reads any; the output of
its last LSTM layer then goes through the probe, a softmax over the styles, which
the bundle keeps as `styles.npz`.

Source: how likely the network finds a window when it is told each style names the right one far less often; the
figures are in `docs/experiments.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from improvd.model.probe import Probe
from improvd.model.step import Shape, Step
from improvd.model.weigh import Array, read
from improvd.protocol import Context, Weigh, Weighed

ABOUT = "style"


def find_style(step: Step, shape: Shape, probe: Probe | None, request: Weigh) -> Weighed:
    """Return how likely each style is for the first window of a request; nothing where no probe tells."""
    if probe is None:
        return Weighed(request.number, request.about, ())
    windows = np.array(request.windows[:1], np.int64)
    *_, remembered = remembered_of(step, shape, windows, request.contexts[:1])
    log_probs = probe.log_probs(remembered)[0].tolist()
    return Weighed(request.number, request.about, (), tuple(zip(probe.styles, log_probs, strict=True)))


def remembered_of(step: Step, shape: Shape, windows: Array, contexts: Sequence[Context]) -> Iterator[Array]:
    """Yield the output of the last layer (B, U) after each note of some windows (B, N, 5)."""
    last = windows[:, -1:]  # only to have what comes before it fed
    for note, outputs in enumerate(read(step, shape, np.concatenate([windows, last], 1), contexts)):
        if note:
            yield np.array(outputs.state[:, 0, -shape.units :])
