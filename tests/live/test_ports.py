from __future__ import annotations

from typing import Any

import pytest
from fake_outside import FakeSystem

from improvd.errors import PortError
from improvd.live.line import Lane
from improvd.live.midi_system import MidiSystem, find_system
from improvd.live.ports import Ports, matches
from improvd.live.synth import Synth
from improvd.protocol import PortsSeen, Trouble

OWN_INPUTS, OWN_OUTPUTS = ("improvd-out:out 128:0",), ("improvd-in:in 129:0",)


class Bench:
    """These are ports on a system of paper, and what they say."""

    def __init__(self, inputs: tuple[str, ...] = (), outputs: tuple[str, ...] = ()) -> None:
        self.said: list[Any] = []
        self.arrived: list[tuple[str, list[int]]] = []
        self.system: Any = FakeSystem(OWN_INPUTS + inputs, OWN_OUTPUTS + outputs)
        first = self.system.input_client("improvd-in")
        synth = Synth(self.said.append, jack=False)
        self.ports = Ports(self.system, first, lambda *what: self.arrived.append(what), self.said.append, synth)

    @property
    def seen(self) -> PortsSeen:
        return [message for message in self.said if isinstance(message, PortsSeen)][-1]

    @property
    def troubles(self) -> list[str]:
        return [message.text for message in self.said if isinstance(message, Trouble)]


def test_two_clients_with_virtual_ports_are_made() -> None:
    bench = Bench()
    assert [(client.name, client.port) for client in bench.system.clients] == [
        ("improvd-in", "in"), ("improvd-out", "out"),
    ]  # fmt: skip


def test_what_is_sent_goes_to_the_virtual_port_and_to_those_connected() -> None:
    bench = Bench(outputs=("Synth A 20:0", "Synth B 21:0"))
    bench.ports.connect((), ("synth b",))
    bench.ports.send((0x90, 60, 90), Lane())
    assert [client.name for client in bench.system.clients if client.sent] == ["improvd-out", "improvd-out-1"]
    assert bench.system.client_on("Synth B 21:0").sent == [(0x90, 60, 90)]


def test_outputs_are_sorted_by_how_late_they_get_everything_and_whether_they_click() -> None:
    bench = Bench(outputs=("Synth A 20:0", "Head 21:0"))
    bench.ports.connect((), ("*",))
    bench.ports.route((("synth*", -0.012), ("improvd-clock", 0.003)), "head")
    assert bench.ports.lanes() == (Lane(0.0, clicks=False), Lane(-0.012, clicks=False), Lane(0.0))
    assert bench.ports.clock_offset_s() == 0.003
    bench.ports.send((0x99, 77, 90), Lane(0.0))
    assert [client.port for client in bench.system.clients if client.sent] == ["Head 21:0"]


def test_what_arrives_tells_the_port_it_came_by() -> None:
    bench = Bench(("Keystation 49 20:0",))
    bench.ports.connect(("keystation*",), ())
    bench.system.client_on("in").arrives(0x90, 60, 90)
    bench.system.client_on("Keystation 49 20:0").arrives(0x80, 60, 0)
    assert bench.arrived == [("improvd-in", [0x90, 60, 90]), ("Keystation 49", [0x80, 60, 0])]


def test_own_ports_are_neither_shown_nor_connected() -> None:
    bench = Bench()
    bench.ports.connect(("*",), ("*",))
    assert bench.seen == PortsSeen((), (), (), ())


def test_a_pattern_without_a_port_is_told_with_the_ports_there_are() -> None:
    bench = Bench(("Keystation 49 20:0", "Launchpad 24:0"))
    bench.ports.connect(("Keystep*",), ())
    assert bench.troubles == [
        "midi.inputs: no port matches 'Keystep*'; there are: 'Keystation 49', 'Launchpad'. "
        "It is connected when it appears."
    ]


def test_what_is_seen_is_told_when_it_changes_and_only_then() -> None:
    bench = Bench(("Keystation 49 20:0",))
    bench.ports.look()
    bench.ports.look()
    bench.system.outputs.append("Synth 30:0")
    bench.ports.look()
    assert bench.said == [PortsSeen(("Keystation 49",), (), (), ()), PortsSeen(("Keystation 49",), ("Synth",), (), ())]


def test_a_keyboard_that_is_plugged_in_again_under_another_number_is_connected_by_the_same_client() -> None:
    bench = Bench(("Keystation 49 20:0",))
    bench.ports.connect(("keystation*",), ())
    bench.system.inputs.remove("Keystation 49 20:0")
    bench.ports.look()
    assert (bench.seen.connected_inputs, bench.ports.take_lost(), bench.ports.take_lost()) == (
        (),
        ["Keystation 49"],
        [],
    )
    bench.system.inputs.append("Keystation 49 24:0")
    bench.ports.look()
    assert bench.seen.connected_inputs == ("Keystation 49",)
    bench.system.client_on("Keystation 49 24:0").arrives(0x90, 60, 90)
    assert bench.arrived == [("Keystation 49", [0x90, 60, 90])]
    assert len(bench.system.clients) == 3


def test_connecting_other_ports_lets_go_of_the_old_ones() -> None:
    bench = Bench(("A 20:0", "B 21:0"))
    bench.ports.connect(("a",), ())
    bench.ports.connect(("b",), ())
    assert bench.seen.connected_inputs == ("B",)
    assert bench.ports.take_lost() == ["A"]


def test_of_two_equal_keyboards_each_has_a_name() -> None:
    bench = Bench(("Keys 20:0", "Keys 21:0"))
    bench.ports.connect(("Keys #2",), ())
    assert bench.seen == PortsSeen(("Keys", "Keys #2"), (), ("Keys #2",), ())
    assert bench.system.client_on("Keys 21:0")


def test_alsas_own_loop_is_shown_and_connected_only_when_asked_for() -> None:
    bench = Bench(("A 20:0", "Midi Through:Midi Through Port-0 14:0"))
    bench.ports.connect(("a",), ())
    assert bench.seen == PortsSeen(("A",), (), ("A",), ())
    bench.ports.connect(("midi through*",), ())
    assert bench.seen.connected_inputs == ("Midi Through:Midi Through Port-0",)


def test_outputs_close_before_inputs() -> None:
    bench = Bench(("A 20:0",), ("S 30:0",))
    bench.ports.connect(("a",), ("s",))
    bench.system.log.clear()
    bench.ports.close()
    assert bench.system.log == [
        (what, client) for client in ("improvd-out", "improvd-out-1", "improvd-in", "improvd-in-1")
        for what in ("close", "delete")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "pattern", "fits"),
    [
        ("Keystation 49", "keystation 49", True),
        ("Keystation 49", "Key*", True),
        ("Keystation 49", "Key", False),
        ("KeyLab [2]", "KeyLab [2]", True),
    ],
)
def test_a_pattern_is_a_name_or_has_wildcards(name: str, pattern: str, fits: bool) -> None:
    assert matches(name, pattern) is fits


@pytest.mark.parametrize(
    ("system", "port", "plain"),
    [
        ("alsa", "Keystation 49:Keystation 49 MIDI 1 20:0", "Keystation 49:Keystation 49 MIDI 1"),
        ("winmm", "Keystation 49 1", "Keystation 49"),
        ("jack", "a2j:Keystation 49 1", "a2j:Keystation 49 1"),
    ],
)
def test_numbers_that_change_are_no_part_of_a_name(system: str, port: str, plain: str) -> None:
    assert MidiSystem(system).plain_name(port) == plain


def test_midi_that_is_switched_off_is_no_midi() -> None:
    with pytest.raises(PortError, match="switched off"):
        find_system("none")


def test_a_system_of_another_machine_is_refused_in_one_sentence() -> None:
    with pytest.raises(PortError, match=r"midi.backend = 'winmm', but .* without winmm"):
        find_system("winmm")


def test_without_a_system_everything_asked_for_does_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    said: list[Any] = []
    system = MidiSystem("none")
    ports = Ports(system, system.input_client(""), print, said.append, Synth(said.append, jack=False))
    ports.connect(("keys*",), ())
    ports.look()
    ports.send((0x90, 60, 90), Lane())
    ports.close()
    assert said == [
        PortsSeen((), (), (), ()),
        Trouble("midi.inputs: no port matches 'keys*'; there are: none. It is connected when it appears."),
    ]
