"""`improvd evaluate benchmark-… benchmark:…`: the nats of each frame, exactly, beside the benchmark's 1-gram."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from improvd.errors import CorpusError, UsageError
from improvd.model.frames.opening import open_frames
from improvd.training.benchmark import reading, rolls, unigram

RUNTIMES = ("auto", "numpy")
DIGITS = 4


@dataclass(frozen=True, slots=True)
class FramesEvaluation:
    """This is how well a model foresees frames.

    Attributes:
        sequences, frames: how many were read.
        nats_per_frame: over all of them pooled together.
        unigram: the same of the 1-gram from the training side; None where that is not at hand.
    """

    model: str
    data: str
    runtime: str
    sequences: int
    frames: int
    nats_per_frame: float
    unigram: float | None

    def as_json(self) -> dict[str, Any]:
        """Return it as one JSON object."""
        return {
            "model": self.model,
            "data": self.data,
            "runtime": self.runtime,
            "sequences": self.sequences,
            "frames": self.frames,
            "nats_per_frame": round(self.nats_per_frame, DIGITS),
            "baselines": {"unigram": None if self.unigram is None else round(self.unigram, DIGITS)},
        }

    def as_text(self) -> str:
        """Return it as a table."""
        beside = "-" if self.unigram is None else f"{self.unigram:.2f}"
        return (
            f"{self.model} on {self.runtime}; {self.data}, {self.sequences:,} sequences, {self.frames:,} frames\n\n"
            f"{'nats per frame':<16}{self.nats_per_frame:>8.3f}\n{'1-gram':<16}{beside:>8}"
        )


def evaluate(model: str, data: str, *, runtime: str = "auto") -> FramesEvaluation:
    """Return how well a model foresees a side of the benchmark, whole sequences from their first frame to their last.

    Args:
        model: a name or path.
        data: `benchmark:NAME[:SIDE]`; all sides where none is named.
        runtime: 'auto' or 'numpy'.

    Raises:
        UsageError, BundleError, CorpusError: if there is no such runtime, model or music.
    """
    asked = rolls.asked(data)
    if runtime not in RUNTIMES:
        raise UsageError(f"--runtime {runtime}: frames are scored on {RUNTIMES[1]} alone; leave --runtime out")
    opened = open_frames(model)
    sequences = [roll for side in asked.sides for roll in rolls.load(asked.name, side)]
    scored = reading.nats(opened.forward(), sequences)
    try:
        beside = unigram.nats_per_frame(sequences, unigram.marginals(rolls.load(asked.name, "train")))
    except CorpusError:
        beside = None
    return FramesEvaluation(
        opened.name, data, RUNTIMES[1], len(sequences), scored.frames, scored.per_frame, beside
    )  # fmt: skip
