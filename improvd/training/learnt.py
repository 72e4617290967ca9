"""What a model learnt from, kept in its bundle: the index by which copies are found.

A training writes it; `improvd model index` does for a bundle that was made before there was one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from improvd.model import bundle
from improvd.model.ranking.index import Index
from improvd.training import writing
from improvd.training.corpus import library
from improvd.training.corpus.piece import Piece
from improvd.training.judge import training_lines
from improvd.training.plan import corpora_of_all


def index_of(pieces: Sequence[Piece], base: bundle.Bundle | None = None) -> Index:
    """Return the index of the music that a model is trained on, and of what the one that it goes on from knew."""
    return Index.of(training_lines(pieces)).joined(base.learnt() if base else None)


def write_index(model: str) -> Path:
    """Write the index of a model into its bundle, and return where it is.

    Args:
        model: a name or path.

    Raises:
        BundleError: if the model cannot be used.
        UsageError: if it learnt from music that nobody has at hand.
        CorpusError: if the corpora that it learnt from are not there.
    """
    opened = bundle.open_bundle(model)
    index = index_of(library.split(corpora_of_all(opened)).train)
    with writing.amended(opened.path) as draft:
        index.save(draft / bundle.LEARNT)
        bundle.write_sums(draft, bundle.FILES[bundle.METRIC])
    return opened.path / bundle.LEARNT
