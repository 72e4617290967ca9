"""Small piano rolls in the benchmark's files, and small models that foresee them."""

from __future__ import annotations

import numpy as np

from improvd.model import bundle
from improvd.model.frames.shape import FramesShape
from improvd.music import frames
from improvd.training import writing
from improvd.training.benchmark import rolls
from improvd.training.corpus.sides import SPLITS

SMALL = FramesShape(units=12, layers=2)


def scales(count, seed, frames=40):
    """Sequences (F, 88) that go up a scale in two voices, now and then silent: easy to learn."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        roll = np.zeros((frames + int(rng.integers(20)), 88), bool)
        places = (rng.integers(7) + np.arange(len(roll))) % 7
        steps = np.array([0, 2, 4, 5, 7, 9, 11])[places]
        roll[np.arange(len(roll)), 39 + steps] = True
        roll[np.arange(len(roll)), 27 + steps] = True
        roll[places == 6] = False
        found.append(roll)
    return found


def write_set(folder, name="jsb", counts=(24, 6, 6)):
    """Write a set into a folder of corpora; return its sequences by side."""
    sides = {side: scales(count, seed) for seed, (side, count) in enumerate(zip(SPLITS, counts, strict=True))}
    packed = {f"{side}_bits": np.packbits(np.concatenate(music), axis=1) for side, music in sides.items()}
    packed |= {f"{side}_len": np.array([len(roll) for roll in music]) for side, music in sides.items()}
    (folder / rolls.FOLDER).mkdir(parents=True, exist_ok=True)
    np.savez(folder / rolls.FOLDER / rolls.SETS[name].file, **packed)
    return sides


def drawn_weights(shape=SMALL, seed=0):
    """Weights of no meaning, by name."""
    rng = np.random.default_rng(seed)
    return {name: rng.normal(0, 0.3, size).astype(np.float16) for name, size in shape.weights().items()}


def write_model(folder, weights=None, shape=SMALL):
    """Write a model's bundle into a folder that is not there yet; return its path as text."""
    folder.mkdir(parents=True)
    bundle.write_weights(folder, weights or drawn_weights(shape))
    tables = {
        "": {"format": bundle.FORMAT, "name": folder.name},
        "architecture": {"units": shape.units, "layers": shape.layers, "told": list(shape.told)},
        "codec": {"name": bundle.FRAMES, "fingerprint": frames.fingerprint()},
    }
    (folder / bundle.CARD).write_text(writing.as_toml(tables))
    bundle.write_sums(folder, bundle.FILES[bundle.FRAMES])
    return str(folder)
