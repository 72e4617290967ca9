"""Who is wired to improvd, from what ALSA and JACK tell."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from improvd.live.wiring import Graph, JackReader, Port, Watch, Wiring, judge, parse_alsa

CLIENTS = """\
Client info
  cur  clients : 6
  peak clients : 7
  max  clients : 192

Client   0 : "System" [Kernel Legacy]
  Port   0 : "Timer" (Rwe-) [In/Out]
    Connecting To: 144:0
  Port   1 : "Announce" (R-e-) [Out]
    Connecting To: 15:0
Client  14 : "Midi Through" [Kernel Legacy]
  Port   0 : "Midi Through Port-0" (RWe-) [In/Out]
Client  24 : "Keystation 88" [Kernel Legacy]
  Port   0 : "Keystation 88 MIDI 1" (RWeX) [In/Out]
    Connecting To: 128:0[real:0], 130:1
  Port   1 : "Keystation "Pro" MIDI 2" (-WeX) [In]
Client 128 : "improvd-in" [User Legacy]
  Port   0 : "in" (-We-) [In]
    Connected From: 24:0
Client 129 : "improvd-out" [User Legacy]
  Port   0 : "out" (R-e-) [Out]
    Connecting To: 130:0, 131:0
Client 130 : "DAW" [User Legacy]
  Port   0 : "track" (-We-) [In]
    Connected From: 129:0
  Port   1 : "keys" (-We-) [In]
    Connected From: 24:0
Client 131 : "synth" [User UMP MIDI1]
  Port   0 : "in" (-We-) [In]
    Connected From: 129:0
"""

KEYS = Port("keys", "keys:out", physical=True, sends=True)
IN, OUT = Port("improvd-in", "improvd-in:in"), Port("improvd-out", "improvd-out:out", sends=True)
SYNTH = Port("synth", "synth:in")


def test_alsa_tells_readers_keyboards_and_who_hears_the_keyboard_already() -> None:
    assert judge(parse_alsa(CLIENTS)) == Wiring(
        players=("Keystation 88:Keystation 88 MIDI 1",),
        readers=("DAW:track", "synth:in"),
        hearing=("DAW:track",),
        keyboards=("Keystation 88:Keystation 88 MIDI 1",),
    )


def test_alsa_without_clients_has_nobody_wired() -> None:
    assert judge(parse_alsa("")) == Wiring(readers=(), keyboards=())


def test_a_reader_that_no_keyboard_feeds_does_not_hear_it() -> None:
    graph = Graph((KEYS, SYNTH), ((OUT, SYNTH), (KEYS, IN)))
    assert judge(graph) == Wiring(("keys:out",), ("synth:in",), (), ("keys:out",))


def test_a_keyboard_that_does_not_play_to_improvd_may_feed_the_reader() -> None:
    assert judge(Graph((), ((OUT, SYNTH), (KEYS, SYNTH)))).hearing == ()


def test_one_instrument_behind_a_shared_client_does_not_hear_for_another() -> None:
    drums, piano = (Port("system", f"system:{name}", physical=True) for name in ("drums", "piano"))
    assert judge(Graph((), ((OUT, piano), (KEYS, IN), (KEYS, drums)))).hearing == ()
    assert judge(Graph((), ((OUT, piano), (KEYS, IN), (KEYS, piano)))).hearing == ("system:piano",)


def test_a_loop_of_improvd_to_itself_is_no_reader() -> None:
    assert judge(Graph((), ((OUT, IN),))) == Wiring((), (), (), ())


class FakeJack:
    """This is JACK's client library with fixed connections."""

    def __init__(self) -> None:
        self.closed, self.on_shutdown = False, lambda status, reason: None
        self.ports = [
            SimpleNamespace(name=name, is_physical=physical, is_output=sends)
            for name, physical, sends in (
                ("system:keys", True, True), ("improvd-in:in", False, False), ("improvd-out:out", False, True),
                ("daw:in", False, False), ("seq:out", False, True), ("synth:in", False, False),
            )
        ]  # fmt: skip
        self.links = {("system:keys", "improvd-in:in"), ("system:keys", "daw:in"), ("improvd-out:out", "daw:in"),
                      ("improvd-out:out", "synth:in"), ("seq:out", "synth:in")}  # fmt: skip

    def get_ports(self, *, is_midi: bool) -> list[Any]:
        return self.ports if is_midi else []

    def get_all_connections(self, name: str) -> list[Any]:
        others = {b if a == name else a for a, b in self.links if name in (a, b)}
        return [port for port in self.ports if port.name in others]

    def set_shutdown_callback(self, callback: Any) -> None:
        self.on_shutdown = callback

    def close(self) -> None:
        self.closed = True


def test_jack_tells_the_same() -> None:
    wiring = judge(JackReader(FakeJack)())
    assert wiring.players == ("system:keys",)
    assert sorted(wiring.readers or ()) == ["daw:in", "synth:in"]
    assert wiring.hearing == ("daw:in",)
    assert wiring.keyboards == ("system:keys",)


def test_jack_is_left_and_opened_again_after_the_servers_death() -> None:
    clients = [FakeJack(), FakeJack()]
    waiting = iter(clients)
    read = JackReader(lambda: next(waiting))
    read()
    read()
    clients[0].on_shutdown("failure", "gone")  # type: ignore[no-untyped-call]
    read()
    assert [client.closed for client in clients] == [True, False]
    read.close()
    assert clients[1].closed


@pytest.mark.parametrize("backend", ["coremidi", "winmm", "none", ""])
def test_other_systems_do_not_tell(backend: str) -> None:
    assert Watch(backend).look() == Wiring(readers=None, keyboards=None)


def test_without_a_server_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "improvd-none-such")
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    assert Watch("jack").look() == Wiring()
