from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from improvd.config import Config
from improvd.configfile import Fault, find, load, parse, read, render
from improvd.errors import ConfigError

ROOT = Path(__file__).parents[1]


def _faults(text: str) -> list[Fault]:
    return parse(text)[1]


# --- finding ---


def test_the_file_asked_for_goes_before_all_others_even_if_it_is_missing(tmp_path):
    (tmp_path / "config.toml").touch()
    assert find("mine.toml", {"IMPROVD_CONFIG": "theirs.toml"}, tmp_path) == Path("mine.toml")


def test_the_environment_names_the_file_before_the_folders_are_looked_into(tmp_path):
    (tmp_path / "config.toml").touch()
    assert find(None, {"IMPROVD_CONFIG": "theirs.toml"}, tmp_path) == Path("theirs.toml")


def test_the_current_folder_goes_before_the_users_own(tmp_path):
    home, here = tmp_path / "home", tmp_path / "here"
    for folder in (home / "improvd", here):
        folder.mkdir(parents=True)
        (folder / "config.toml").touch()
    environ = {"XDG_CONFIG_HOME": str(home)}
    assert find(None, environ, here) == here / "config.toml"
    assert find(None, environ, tmp_path) == home / "improvd" / "config.toml"


def test_without_a_folder_for_configuration_it_is_dot_config_in_the_home(tmp_path):
    own = tmp_path / ".config" / "improvd" / "config.toml"
    own.parent.mkdir(parents=True)
    own.touch()
    assert find(None, {"HOME": str(tmp_path)}, tmp_path) == own


def test_without_any_file_the_defaults_are_in_force(tmp_path):
    assert find(None, {"HOME": str(tmp_path)}, tmp_path) is None
    assert load(None) == Config()


# --- reading ---


def test_what_a_file_leaves_out_keeps_its_default():
    config, faults = parse("[clock]\nbpm = 90\n")
    assert (config, faults) == (Config().having("clock.bpm", 90.0), [])


def test_every_fault_is_told_at_once_with_its_line():
    text = """\
[sampling]
temprature = 1.2
top_p = 3
[midi]  # ports
  backend = "jakc"
inputs = "Keystation"

[clok]
bpm = 90
[clock]
meter = "4/5"
"""
    assert [(fault.line, fault.text.partition(";")[0]) for fault in _faults(text)] == [
        (2, "[sampling] temprature: unknown key"),
        (3, "[sampling] top_p: 3 is out of range"),
        (5, '[midi] backend: "jakc" is not allowed'),
        (6, '[midi] inputs: "Keystation" is not a list of texts'),
        (8, "[clok]: unknown section"),
        (11, "[clock] meter: '4/5' is no time signature"),
    ]


def test_an_unknown_key_or_section_is_told_with_the_nearest_known_one():
    assert _faults("[sampling]\ntemprature = 1\n")[0].text.endswith("did you mean 'temperature'?")
    assert _faults("[clok]\n")[0].text.endswith("did you mean 'clock'?")


def test_a_key_outside_its_section_is_told_where_it_belongs():
    assert _faults("bpm = 90\n") == [Fault(1, "bpm: a key outside its section; move it below [clock]")]


def test_a_section_that_is_a_value_is_a_fault():
    assert _faults("clock = 3\n") == [Fault(1, "clock = 3: not a section; write [clock]")]


def test_what_contradicts_each_other_is_a_fault():
    assert [fault.line for fault in _faults("[answer]\nlowest = 90\nhighest = 60\n")] == [3]


def test_a_fault_keeps_its_line_in_dotted_keys_and_inline_tables():
    assert [fault.line for fault in _faults("\nclock.bpm = 0\n")] == [2]
    assert [fault.line for fault in _faults("\n\nclock = { bpm = 0 }\n")] == [3]
    assert [fault.line for fault in _faults('\n["clock"]\n"bpm" = 0\n')] == [3]


@pytest.mark.parametrize(("text", "line"), [("[clock]\nbpm = \n", 2), ("[clock\n", 1), ("a = 1\na = 2\n", 2)])
def test_what_is_no_toml_is_one_fault_with_its_line(text, line):
    [fault] = _faults(text)
    assert (fault.line, fault.text.startswith("not valid TOML: ")) == (line, True)


@given(st.text())
def test_no_text_makes_the_reader_fail(text):
    config, faults = parse(text)
    assert isinstance(config, Config)
    assert all(fault.line >= 1 for fault in faults)


def test_loading_a_faulty_file_tells_file_line_and_fault_of_each(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("[clock]\nbpm = 0\nmetre = 3\n")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert [line.partition(" ")[0] for line in str(caught.value).splitlines()] == [f"{path}:2:", f"{path}:3:"]


def test_a_file_that_cannot_be_read_is_one_clear_sentence(tmp_path):
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    for name, said in (("missing.toml", "No such file"), (".", "directory"), ("binary.toml", "not UTF-8 text")):
        with pytest.raises(ConfigError, match=said):
            read(tmp_path / name)


# --- writing ---


def test_the_checked_in_file_is_the_table_written_out():
    assert (ROOT / "config.toml").read_text() == render(Config()), (
        "write it anew: .venv/bin/improvd config show --defaults > /tmp/c && mv /tmp/c config.toml"
    )


def test_what_is_written_reads_back_the_same():
    config = Config().having("midi.inputs", ('a "quoted" name', "back\\slash", "ü\x7f")).having("sampling.seed", 7)
    assert parse(render(config)) == (config, [])
