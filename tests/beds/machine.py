"""A virtual machine with a real ALSA sequencer, which a container cannot have."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(os.environ.get("IMPROVD_BEDS", Path.home() / ".cache" / "improvd-beds"))
SYSTEM = Path(__file__).parents[1] / "system"
ACCELERATOR = os.environ.get("IMPROVD_ACCELERATOR", "tcg,thread=multi")
"""`kvm` where it works is ten times faster."""


@dataclass(frozen=True, slots=True)
class Done:
    """This is how a command in the machine ended, and what it said."""

    exit_code: int
    output: str


def run_in_machine(*command: str, timeout_s: float = 480.0) -> Done:
    """Boot a machine, run a command as root in it, and switch it off.

    The machine sees the host's files at the same paths, below a volatile layer that takes all writing.
    """
    subprocess.run([str(SYSTEM / "make-kernel"), str(CACHE)], check=True)
    with tempfile.TemporaryDirectory() as name:
        bed = Path(name)
        (bed / "init").write_bytes((SYSTEM / "second-init").read_bytes())
        (bed / "init").chmod(0o755)
        path = shlex.quote(os.environ["PATH"])
        (bed / "command").write_text(
            f"export PATH={path} HOME=/root LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1\n"
            f"cd {shlex.quote(os.getcwd())}\n{shlex.join(command)}\n"
        )
        ended = subprocess.run(_qemu(bed), stdin=subprocess.DEVNULL, timeout=timeout_s, check=False)
        code, output = bed / "exit-code", bed / "output"
        said = output.read_text(errors="replace") if output.exists() else ""
        if not code.exists():
            console = (bed / "console").read_text(errors="replace")[-3000:]
            raise RuntimeError(f"the machine ended ({ended.returncode}) without an exit code; its console:\n{console}")
        return Done(int(code.read_text()), said)


def _qemu(bed: Path) -> list[str]:
    def share(path: Path, tag: str, rights: str = "readonly=on") -> list[str]:
        return ["-virtfs", f"local,path={path},mount_tag={tag},security_model=none,{rights}"]

    return [
        "qemu-system-x86_64", "-accel", ACCELERATOR, "-cpu", "max", "-smp", "2", "-m", "2048",
        "-nodefaults", "-display", "none", "-no-reboot", "-serial", f"file:{bed / 'console'}",
        "-kernel", str(CACHE / "vmlinuz"), "-initrd", str(CACHE / "first.gz"),
        "-append", "console=ttyS0 quiet panic=-1 mitigations=off",
        *share(Path("/"), "host", "readonly=on,multidevs=remap"),
        *share((CACHE / "modules").resolve(), "modules"),
        *share(bed, "bed", "readonly=off"),
    ]  # fmt: skip
