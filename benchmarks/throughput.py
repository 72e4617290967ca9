"""How many notes a second training learns on each Keras back end, beside a bare `torch.nn.LSTM` of the same shape.

    python benchmarks/throughput.py [--units 512 --layers 3 --rows 64 --length 256 --seconds 20 --threads 2]

Back ends that are not installed are left out. Each figure is one process'; `lstm` is the stack of
LSTM layers alone, forth and back, `network` all that `improvd train` does with a window.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import time

import numpy as np

CASES = (
    ("torch.nn.LSTM", "float32"), ("torch.nn.LSTM", "bfloat16"),
    ("tensorflow", "float32"), ("jax", "float32"), ("torch", "float32"), ("torch", "mixed_bfloat16"),
)  # fmt: skip


def main() -> None:
    """Measure every case in a process of its own and print the table."""
    told = arguments()
    if told.case:
        print(json.dumps(measured(told)))
        return
    rows = [row for case in CASES if (row := in_process(told, *case))]
    reference = rows[0]["lstm"] if rows and rows[0]["backend"] == "torch.nn.LSTM" else None
    print(
        f"{told.layers}×{told.units}, {told.rows} rows × {told.length} notes, {told.threads} threads; notes a second\n"
    )
    print("| back end | precision | lstm | of torch.nn.LSTM float32 | network |\n|---|---|---|---|---|")
    for row in rows:
        share = f"{row['lstm'] / reference:.0%}" if reference else "–"
        network = f"{row['network']:,.0f}" if row["network"] else "–"
        print(f"| {row['backend']} | {row['precision']} | {row['lstm']:,.0f} | {share} | {network} |")


def arguments() -> argparse.Namespace:
    """Return the command line's words."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name, default in (
        ("units", 512),
        ("layers", 3),
        ("rows", 64),
        ("length", 256),
        ("seconds", 20),
        ("threads", 2),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--case", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def in_process(told: argparse.Namespace, backend: str, precision: str) -> dict[str, object] | None:
    """Return one case's figures, None where its library is missing."""
    if importlib.util.find_spec(backend.partition(".")[0]) is None:
        return None
    threads = str(told.threads)
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
    environ = os.environ | dict.fromkeys(names, threads) | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=" + ("true" if told.threads > 1 else "false")
    environ["KERAS_BACKEND"] = backend if backend != "torch.nn.LSTM" else "torch"
    done = subprocess.run([sys.executable, __file__, *sys.argv[1:], "--case", backend, precision],
                          env=environ, capture_output=True, text=True)  # fmt: skip
    if done.returncode:
        print(f"{backend} {precision}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def measured(told: argparse.Namespace) -> dict[str, object]:
    """Return the figures of this process' case."""
    backend, precision = told.case
    notes = told.rows * told.length
    if backend == "torch.nn.LSTM":
        return {"backend": backend, "precision": precision, "lstm": notes * per_s(bare(told, precision), told.seconds),
                "network": None}  # fmt: skip
    import keras

    keras.mixed_precision.set_dtype_policy(precision)
    alone = notes * per_s(stack(told), told.seconds)
    whole = notes * per_s(network(told, precision), told.seconds)
    return {"backend": backend, "precision": precision, "lstm": alone, "network": whole}


def per_s(work, seconds: float) -> float:
    """Return how often work is done a second, after it was done twice."""
    work(), work()
    started, count = time.monotonic(), 0
    while time.monotonic() - started < seconds:
        work()
        count += 1
    return count / (time.monotonic() - started)


def bare(told: argparse.Namespace, precision: str):
    """Return the work of a `torch.nn.LSTM`, forth and back."""
    import torch

    lstm = torch.nn.LSTM(told.units, told.units, told.layers, batch_first=True)
    x = torch.randn(told.rows, told.length, told.units, requires_grad=True)

    def work() -> None:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bfloat16"):
            loss = lstm(x)[0].float().square().mean()
        loss.backward()

    return work


def stack(told: argparse.Namespace):
    """Return the work of the network's LSTM layers alone: a step of plain gradient descent on them."""
    import keras

    from improvd.model.recurrent import CarriedLSTM

    x = into = keras.Input(batch_shape=(told.rows, told.length, told.units))
    for _ in range(told.layers):
        x = CarriedLSTM(told.units, stateful=False)(x)
    model = keras.Model(into, x)
    model.compile("sgd", loss="mse")
    data = np.random.default_rng(0).standard_normal((told.rows, told.length, told.units)).astype(np.float32)
    return lambda: model.train_on_batch(data, data)


def network(told: argparse.Namespace, precision: str):
    """Return the work of training on a window, its making included."""
    from dataclasses import replace

    from improvd.model.step import Shape
    from improvd.music.note import Note
    from improvd.music.timing import steady
    from improvd.training import batches, fit, grid
    from improvd.training.corpus.piece import Piece
    from improvd.training.recipes import RECIPES

    rng = np.random.default_rng(0)
    fit.PRECISION[os.environ["KERAS_BACKEND"]] = precision
    recipe = replace(RECIPES[0], shape=Shape(told.units, told.layers, 192), rows=told.rows, length=told.length)
    notes = [tuple(Note(i / 2, int(p), 0.5, 80) for i, p in enumerate(rng.integers(40, 80, told.length - 1)))
             for _ in range(told.rows)]  # fmt: skip
    scores = grid.prepare([Piece("", "any", steady(4, 4), piece) for piece in notes], as_keys=False)
    stage = recipe.stages[0]
    fitted = fit.Fit(fit.built(recipe, stage), recipe, stage)
    sizes = {"rows": told.rows, "length": told.length, "span": told.length}
    return lambda: [fitted.learn(w, 0.0) for w in batches.training_windows(scores, rng, recipe.augmentation, **sizes)]


if __name__ == "__main__":
    main()
