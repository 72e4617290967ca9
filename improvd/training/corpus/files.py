"""Files to read music from, wherever they lie: one file, a folder, or an archive, of which nothing is unpacked."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

from improvd.errors import CorpusError

MAX_FILE_BYTES = 64 << 20
MAX_TAR_BYTES = 1 << 30
OPENERS: Mapping[str, Callable[[Path], Any]] = {
    ".tar": io.FileIO,
    ".gz": gzip.open,
    ".tgz": gzip.open,
    ".xz": lzma.open,
    ".txz": lzma.open,
    ".bz2": bz2.open,
    ".tbz2": bz2.open,
}
"""What unpacks each kind of tar, by the end of its name."""


class Files(Protocol):
    """This is a place that holds files."""

    @property
    def names(self) -> Sequence[str]:
        """The names of all files in it, '/' between folders, in order; hidden ones are passed over."""

    def read(self, name: str) -> bytes:
        """Return what a file holds.

        Raises:
            CorpusError: if it cannot be read or is too large.
        """


def open_files(path: Path) -> Files:
    """Return what lies at a path: a folder with all below it, an archive, or one file.

    An archive in a folder is a folder too: `tunes.zip/first.mid`. Of one file, those beside it can be read as well.

    Raises:
        CorpusError: if there is nothing, or it is a damaged archive.
    """
    if path.is_dir():
        return _Folder(path)
    if not path.is_file():
        raise CorpusError(f"no music: there is no {path}; give a file, a folder, an archive or corpus:NAME")
    return _archive(path) if is_archive(path.name) else _OneFile(path)


def is_archive(name: str) -> bool:
    """Return whether a file counts as an archive, by the end of its name."""
    stem, suffix = os.path.splitext(name.lower())
    tar = suffix in OPENERS and (suffix.startswith(".t") or stem.endswith(".tar"))
    return tar or suffix == ".zip"


def _archive(path: Path) -> Files:
    return _Zip(path) if path.suffix.lower() == ".zip" else _Tar(path)


def _shown(name: str) -> bool:
    """Return whether a name in a folder or archive is neither hidden nor what macOS adds."""
    return not any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


class _OneFile:
    """This is one file; those beside it can be read, but are not named."""

    def __init__(self, path: Path) -> None:
        self.names: tuple[str, ...] = (path.name,)
        self._folder = path.parent

    def read(self, name: str) -> bytes:
        return _read(self._folder / name)


class _Folder:
    """This is a folder with everything below it; archives in it count as folders, opened when they are needed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._archives: dict[str, Files] = {}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all files in it and in its archives."""
        return tuple(name for found in _below(self._root) for name in self._opened(found))

    def _opened(self, name: str) -> list[str]:
        """Return the names in a file that is a sound archive, else its own."""
        try:
            return [f"{name}/{inner}" for inner in self._archive(name).names] if is_archive(name) else [name]
        except CorpusError:
            return [name]  # reading it says what is wrong

    def _archive(self, name: str) -> Files:
        if name not in self._archives:
            self._archives[name] = _archive(self._root / name)
        return self._archives[name]

    def read(self, name: str) -> bytes:
        for folder in _prefixes(name):
            if is_archive(folder) and (self._root / folder).is_file():
                return self._archive(folder).read(name[len(folder) + 1 :])
        if is_archive(name):
            self._archive(name)
        return _read(self._root / name)


def _prefixes(name: str) -> Iterator[str]:
    """Yield the folders above a name, the outermost first."""
    parts = name.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts)))


def _below(root: Path) -> list[str]:
    """Return the names of the files below a folder in order; links that lead out of it are not followed."""
    home = root.resolve()
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = filter(_shown, folders)
        paths = (Path(folder, name) for name in names if _shown(name))
        found += [p.relative_to(root).as_posix() for p in paths if p.is_file() and p.resolve().is_relative_to(home)]
    return sorted(found)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return _all_of(file, str(path))
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror or error}") from error


def _all_of(file: IO[bytes], name: str) -> bytes:
    data = file.read(MAX_FILE_BYTES + 1)
    if len(data) > MAX_FILE_BYTES:
        raise CorpusError(f"{name} is too large: files of up to {MAX_FILE_BYTES >> 20} MiB are read")
    return data


class _Zip:
    """This is a zip archive."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise CorpusError(f"{path} is no archive that can be read: {error}") from error
        self.names: tuple[str, ...] = tuple(
            sorted({info.filename for info in self._zip.infolist() if not info.is_dir() and _shown(info.filename)})
        )

    def read(self, name: str) -> bytes:
        try:
            with self._zip.open(name) as file:
                return _all_of(file, f"{name} in {self._path}")
        except KeyError as error:
            raise CorpusError(f"{self._path} has no {name}") from error
        except (OSError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError,
                NotImplementedError, RuntimeError, ValueError) as error:  # fmt: skip
            raise CorpusError(f"{name} in {self._path} cannot be read: {error}") from error


class _Tar:
    """This is a tar archive, packed or not, held in memory."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with OPENERS[path.suffix.lower()](path) as file:
                data = file.read(MAX_TAR_BYTES + 1)
            if len(data) > MAX_TAR_BYTES:
                raise CorpusError(f"{path} is too large: archives of up to {MAX_TAR_BYTES >> 20} MiB unpacked are read")
            self._tar = tarfile.TarFile(fileobj=io.BytesIO(data))
            members = self._tar.getmembers()
        except (OSError, EOFError, tarfile.TarError, zlib.error, lzma.LZMAError, ValueError) as error:
            raise CorpusError(f"{path} is no archive that can be read: {error}") from error
        self._members = {_tidy(member.name): member for member in members if member.isreg()}
        self.names: tuple[str, ...] = tuple(sorted(filter(_shown, self._members)))

    def read(self, name: str) -> bytes:
        try:
            file = self._tar.extractfile(self._members[name])
            return _all_of(file, f"{name} in {self._path}") if file else b""
        except KeyError as error:
            raise CorpusError(f"{self._path} has no {name}") from error
        except (OSError, tarfile.TarError) as error:
            raise CorpusError(f"{name} in {self._path} cannot be read: {error}") from error


def _tidy(name: str) -> str:
    """Return a name without the './' that tar puts before what lies in its folder."""
    return name.removeprefix("./")


def fingerprint(path: Path) -> str:
    """Return the sha256 of all that lies at a path, archives as they are, as hex."""
    total = hashlib.sha256()
    for name in _below(path):
        with (path / name).open("rb") as file:
            total.update(os.fsencode(name) + hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()
