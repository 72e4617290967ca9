"""Files: music is found wherever it lies, and what is damaged or too large is one clear error."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile

import pytest

from improvd.errors import CorpusError
from improvd.training.corpus import files
from improvd.training.corpus.files import fingerprint, is_archive, open_files


def zipped(path, **held):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in held.items():
            archive.writestr(name, data)
    return path


def tarred(path, mode, name="./sub/a.abc", data=b"X:1"):
    with tarfile.open(path, mode) as archive:
        member = tarfile.TarInfo(name)
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return path


def held(path):
    found = open_files(path)
    return {name: found.read(name) for name in found.names}


def test_a_folder_holds_all_below_it_in_order_but_what_is_hidden(tmp_path):
    for name in ("b.mid", "a/z.mid", ".hidden.mid", ".git/c.mid", "__MACOSX/b.mid"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    assert held(tmp_path) == {"a/z.mid": b"a/z.mid", "b.mid": b"b.mid"}


def test_links_that_lead_out_of_a_folder_are_not_followed(tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "own.mid").write_bytes(b"own")
    os.symlink(tmp_path / "secret", tmp_path / "music" / "out.mid")
    os.symlink(tmp_path / "music" / "own.mid", tmp_path / "music" / "twin.mid")
    assert held(tmp_path / "music") == {"own.mid": b"own", "twin.mid": b"own"}


def test_one_file_names_itself_and_can_be_read_with_those_beside_it(tmp_path):
    for name in ("a.csv", "a_beats.csv"):
        (tmp_path / name).write_bytes(name.encode())
    found = open_files(tmp_path / "a.csv")
    assert list(found.names) == ["a.csv"]
    assert found.read("a_beats.csv") == b"a_beats.csv"


def test_a_zip_archive_is_read_without_what_macos_adds(tmp_path):
    path = zipped(tmp_path / "Tunes.ZIP", **{"sub/b": "2", "a": "1", "__MACOSX/._a": "no", ".DS_Store": "no"})
    assert held(path) == {"a": b"1", "sub/b": b"2"}


@pytest.mark.parametrize("name", ["t.tar", "t.tar.gz", "t.tgz", "t.tar.xz", "t.tar.bz2"])
def test_a_tar_archive_is_read_however_it_is_packed(tmp_path, name):
    packed = {"tar": "w", "gz": "w:gz", "tgz": "w:gz", "xz": "w:xz", "bz2": "w:bz2"}
    assert held(tarred(tmp_path / name, packed[name.rpartition(".")[2]])) == {"sub/a.abc": b"X:1"}


def test_an_archive_in_a_folder_is_a_folder(tmp_path):
    (tmp_path / "in").mkdir()
    zipped(tmp_path / "in" / "tunes.zip", **{"sub/a": "1"})
    assert held(tmp_path) == {"in/tunes.zip/sub/a": b"1"}


def test_a_damaged_archive_in_a_folder_says_so_when_it_is_read_and_spares_the_rest(tmp_path):
    (tmp_path / "bad.zip").write_bytes(b"PK no zip")
    (tmp_path / "good.mid").write_bytes(b"good")
    found = open_files(tmp_path)
    assert list(found.names) == ["bad.zip", "good.mid"]
    with pytest.raises(CorpusError, match=r"bad\.zip is no archive that can be read"):
        found.read("bad.zip")


@pytest.mark.parametrize("name", ["x.zip", "x.tar", "x.tar.gz", "x.tar.xz", "x.tar.bz2"])
def test_a_damaged_archive_is_one_clear_error(tmp_path, name):
    (tmp_path / name).write_bytes(b"no archive at all" * 100)
    with pytest.raises(CorpusError, match="is no archive that can be read"):
        open_files(tmp_path / name)


def test_a_cut_archive_is_one_clear_error(tmp_path):
    path = tarred(tmp_path / "x.tar.xz", "w:xz", data=os.urandom(5000))
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(CorpusError, match="is no archive that can be read"):
        open_files(path)


def test_a_file_damaged_within_a_zip_is_one_clear_error(tmp_path):
    path = zipped(tmp_path / "x.zip", a=os.urandom(2000))
    data = bytearray(path.read_bytes())
    data[500] ^= 255
    path.write_bytes(data)
    with pytest.raises(CorpusError, match=r"a in .*x\.zip cannot be read"):
        open_files(path).read("a")


def test_a_file_that_is_too_large_unpacked_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 1 << 20)
    path = zipped(tmp_path / "x.zip", a=b"\0" * ((1 << 20) + 1), b=b"\0" * (1 << 20))
    found = open_files(path)
    assert len(found.read("b")) == 1 << 20
    with pytest.raises(CorpusError, match="is too large: files of up to 1 MiB are read"):
        found.read("a")


def test_a_tar_that_is_too_large_unpacked_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_TAR_BYTES", 20_000)
    with pytest.raises(CorpusError, match="is too large: archives"):
        open_files(tarred(tmp_path / "x.tar.gz", "w:gz", data=b"\0" * 50_000))


def test_nothing_there_says_what_may_be_given(tmp_path):
    with pytest.raises(CorpusError, match=r"there is no .*none; give a file, a folder, an archive or corpus:NAME"):
        open_files(tmp_path / "none")


def test_a_name_that_is_not_there_is_one_clear_error(tmp_path):
    (tmp_path / "a.mid").write_bytes(b"")
    for path in (tmp_path, zipped(tmp_path / "x.zip", a="1"), tarred(tmp_path / "x.tar", "w")):
        with pytest.raises(CorpusError, match=r"none\.mid"):
            open_files(path).read("none.mid")


def test_archives_are_known_by_their_names():
    known = ("a.zip", "a.tar.gz", "A.TGZ", "a.txz", "a.tar")
    assert [name for name in (*known, "a.gz", "a.mxl", "zip", "a.mid.xz") if is_archive(name)] == [*known]


def test_a_fingerprint_tells_any_change(tmp_path):
    (tmp_path / "a").write_bytes(b"1")
    first = fingerprint(tmp_path)
    assert fingerprint(tmp_path) == first
    (tmp_path / "a").write_bytes(b"2")
    second = fingerprint(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert len({first, second, fingerprint(tmp_path)}) == 3
