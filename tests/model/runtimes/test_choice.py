"""Which runtime plays: a GPU where there is one that can, else the CPU, and one sentence that says why."""

from __future__ import annotations

import subprocess
import sys

import pytest

from improvd.errors import BundleError
from improvd.model import runtimes
from improvd.model.bundle import open_bundle
from improvd.model.generate import Improviser
from improvd.model.runtimes import gpu
from improvd.protocol import Ask, Context

HERE = "litert-int8"


@pytest.fixture(scope="module")
def bundle():
    pytest.importorskip("ai_edge_litert")
    return open_bundle("default")


def opened(bundle, runtime):
    drawer, why = runtimes.open_drawer(bundle, runtime)
    return drawer.name, why


# --- without TensorFlow ------------------------------------------------------------------------


def test_without_a_gpu_auto_is_litert_and_needs_no_words(bundle, monkeypatch):
    monkeypatch.setattr(gpu, "is_there", lambda: False)
    assert opened(bundle, "auto") == (HERE, "")


def test_a_runtime_that_there_is_not_is_refused(bundle):
    with pytest.raises(BundleError, match="unknown runtime 'abacus'; there are: auto, litert-int8"):
        opened(bundle, "abacus")


def test_without_a_gpu_auto_does_not_import_tensorflow():
    code = "\n".join([
        "import sys",
        "from improvd.model import runtimes",
        "from improvd.model.bundle import open_bundle",
        "runtimes.gpu.is_there = lambda: False",
        "runtimes.open_drawer(open_bundle('default'), 'auto')",
        "print('tensorflow' in sys.modules)",
    ])  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_gpu_without_tensorflow_leaves_litert(bundle, monkeypatch):
    monkeypatch.setattr(gpu, "is_there", lambda: True)
    monkeypatch.setattr(runtimes, "find_spec", lambda name: name != "tensorflow")
    assert opened(bundle, "auto") == (HERE, "")


@pytest.mark.parametrize("asked", [True, False])
def test_a_tensorflow_that_does_not_load_is_told(bundle, monkeypatch, asked):
    monkeypatch.setattr(gpu, "is_there", lambda: True)
    monkeypatch.setitem(sys.modules, "improvd.model.runtimes.bar", None)  # its import fails
    if asked:
        with pytest.raises(BundleError, match="tensorflow is not installed"):
            opened(bundle, "tensorflow")
    else:
        name, why = opened(bundle, "auto")
        assert name == HERE
        assert why.startswith("TensorFlow does not load (")
        assert why.endswith("); litert-int8 plays")


def test_a_gpu_is_there_where_the_driver_lists_one_or_its_tool_is_installed(monkeypatch, tmp_path):
    tools = {}
    monkeypatch.setattr(gpu, "DRIVER", tmp_path / "gpus")
    monkeypatch.setattr(gpu.shutil, "which", tools.get)
    assert not gpu.is_there()
    tools["nvidia-smi"] = "/usr/bin/nvidia-smi"
    assert gpu.is_there()
    tools.clear()
    (tmp_path / "gpus" / "0000:01:00.0").mkdir(parents=True)
    assert gpu.is_there()


# --- with TensorFlow, and GPUs that are not there --------------------------------------------------


@pytest.fixture
def tf():
    return pytest.importorskip("tensorflow")


class FakeLoop:
    """Loops that are never compiled: they say where they would be, and fail if told to."""

    error: Exception | None = None

    def __init__(self, weights, shape, device):
        self.name, self.warm = f"fake on {device}", ()

    def warm_up(self, rows):
        if self.error:
            raise self.error
        self.warm = tuple(rows)


@pytest.fixture
def loop(tf, monkeypatch):
    """The class of loops that fail as its `error` says, on a GPU that can be taken."""
    bar = pytest.importorskip("improvd.model.runtimes.bar")
    kind = type("Loop", (FakeLoop,), {})
    monkeypatch.setattr(bar, "BarLoop", kind)
    monkeypatch.setattr(gpu, "is_there", lambda: True)
    monkeypatch.setattr(gpu, "take", lambda: "")
    return kind


@pytest.mark.slow
@pytest.mark.parametrize("runtime", ["auto", "tensorflow"])
def test_a_gpu_is_taken_and_warm_before_it_is_called_ready(bundle, loop, runtime):
    drawer, why = runtimes.open_drawer(bundle, runtime)
    assert (drawer.name, why) == ("fake on GPU:0", "")
    assert drawer.warm == (1, 16, 64)


@pytest.mark.slow
@pytest.mark.parametrize("runtime", ["auto", "tensorflow"])
def test_a_gpu_out_of_memory_leaves_the_cpu_to_play_and_says_so(bundle, tf, loop, runtime):
    loop.error = tf.errors.ResourceExhaustedError(None, None, "Out of memory while trying to allocate 1 byte.")
    assert opened(bundle, runtime) == (HERE, "TensorFlow has not enough memory on GPU:0; litert-int8 plays")


@pytest.mark.slow
def test_a_gpu_that_fails_is_told_in_one_line(bundle, tf, loop):
    loop.error = tf.errors.InternalError(None, None, "libdevice not found at ./libdevice.10.bc\n\tmany more lines")
    assert opened(bundle, "tensorflow") == (
        HERE, "TensorFlow fails on GPU:0 (libdevice not found at ./libdevice.10.bc); litert-int8 plays",
    )  # fmt: skip


@pytest.mark.slow
def test_where_tensorflow_finds_no_gpu_auto_plays_on_the_cpu_and_says_so(bundle, loop, monkeypatch):
    monkeypatch.setattr(gpu, "take", lambda: gpu.NONE)
    assert opened(bundle, "auto") == (HERE, "TensorFlow finds no GPU; litert-int8 plays")


@pytest.mark.slow
def test_where_tensorflow_finds_no_gpu_it_computes_on_the_cpu_if_asked_to(bundle, loop, monkeypatch):
    monkeypatch.setattr(gpu, "take", lambda: gpu.NONE)
    assert opened(bundle, "tensorflow") == ("fake on CPU:0", "TensorFlow finds no GPU; it computes on the CPU")


@pytest.mark.slow
def test_a_gpu_too_old_leaves_the_cpu_to_play_even_if_asked_for(bundle, loop, monkeypatch):
    monkeypatch.setattr(gpu, "take", lambda: "a GPU is too old")
    assert opened(bundle, "tensorflow") == (HERE, "a GPU is too old; litert-int8 plays")


class FakeConfig:
    """TensorFlow's configuration on a machine with a GPU."""

    def __init__(self, logical, error=None):
        self.told, self.logical, self.error = [], logical, error
        self.experimental = self

    def enable_tensor_float_32_execution(self, on):
        self.told.append(("TF32", on))

    def list_physical_devices(self, kind):
        return ["first", "second"]

    def set_visible_devices(self, devices, kind):
        self.told.append(("visible", devices))

    def set_memory_growth(self, device, on):
        if self.error:
            raise self.error
        self.told.append(("growth", device, on))

    def list_logical_devices(self, kind):
        return self.logical

    def get_device_details(self, device):
        return {"device_name": "GeForce GTX 580", "compute_capability": (2, 0)}


@pytest.mark.slow
def test_the_first_gpu_is_taken_its_memory_as_needed_and_its_floats_whole(tf, monkeypatch):
    config = FakeConfig(["GPU:0"])
    monkeypatch.setattr(tf, "config", config)
    assert gpu.take() == ""
    assert config.told == [("TF32", False), ("visible", ["first"]), ("growth", "first", True)]


@pytest.mark.slow
def test_a_gpu_that_tensorflow_leaves_aside_is_too_old(tf, monkeypatch):
    monkeypatch.setattr(tf, "config", FakeConfig([]))
    assert gpu.take() == "GeForce GTX 580 (compute capability 2.0) is too old for TensorFlow"


@pytest.mark.slow
def test_a_gpu_that_cannot_be_taken_says_why(tf, monkeypatch):
    monkeypatch.setattr(tf, "config", FakeConfig([], RuntimeError("Physical devices cannot be modified")))
    assert gpu.take() == "TensorFlow cannot use the GPU (Physical devices cannot be modified)"


@pytest.mark.slow
def test_tensorflow_on_the_cpu_plays_and_says_that_there_is_no_gpu(tf, monkeypatch):
    bar = pytest.importorskip("improvd.model.runtimes.bar")
    if tf.config.list_physical_devices("GPU"):
        pytest.skip("there is a GPU")
    monkeypatch.setattr(bar, "ROWS", (1,))  # each takes seconds to compile
    improviser = Improviser.open("default", "tensorflow")
    assert (improviser.runtime, improviser.why) == ("tensorflow-cpu", f"{gpu.NONE}; it computes on the CPU")
    window = tuple((12 * i, 0, pitch, 12, 80) for i, pitch in enumerate([60, 62, 64, 65, 67, 65, 64, 62]))
    request = Ask(1, window, Context(), 96, 192, True, (1.0,), 0.98, 0.02, 40, 90, 5, 1)
    assert improviser.ask(request).rows[0][0][0] == 96
