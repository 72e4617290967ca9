"""Whether there is a GPU, and whether TensorFlow can compute on it."""

from __future__ import annotations

import shutil
from pathlib import Path

DRIVER = Path("/proc/driver/nvidia/gpus")
"""Where NVIDIA's driver on Linux lists the GPUs of the machine."""

NONE = "TensorFlow finds no GPU"


def is_there() -> bool:
    """Return whether it is worth importing TensorFlow to look for a GPU, which takes seconds."""
    return any(DRIVER.glob("*")) or shutil.which("nvidia-smi") is not None


def take() -> str:
    """Have TensorFlow take the first GPU, and its memory as it is needed; return '', or why it cannot."""
    import tensorflow as tf  # by now it is worth it

    tf.config.experimental.enable_tensor_float_32_execution(False)  # 10 bits of mantissa draw other notes
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return NONE
    try:
        tf.config.set_visible_devices(gpus[:1], "GPU")
        tf.config.experimental.set_memory_growth(gpus[0], True)
        if tf.config.list_logical_devices("GPU"):
            return ""
        about = tf.config.experimental.get_device_details(gpus[0])
    except (tf.errors.OpError, RuntimeError) as error:
        return f"TensorFlow cannot use the GPU ({first_line(error)})"
    version = ".".join(map(str, about.get("compute_capability", ("unknown",))))
    return f"{about.get('device_name', 'the GPU')} (compute capability {version}) is too old for TensorFlow"


def first_line(error: Exception) -> str:
    """Return what an error says, without the pages that TensorFlow adds."""
    return str(getattr(error, "message", "") or error).partition("\n")[0]
