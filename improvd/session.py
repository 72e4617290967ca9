"""A session: what the daemon knows and decides, told the time and given ways to the player and the model.

No process, socket or clock is in here: `Daemon` brings messages and requests in, and
sends out what comes of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from improvd.config import Config, Value
from improvd.control import Request
from improvd.errors import ControlError, MidiFileError, did_you_mean
from improvd.live.conductor import Conductor
from improvd.live.keystrokes import Keystrokes
from improvd.live.recorder import Recorder
from improvd.live.roll import NOTE_ON, Roll
from improvd.live.tap import Taps
from improvd.live.wiring import OWN, Wiring
from improvd.music.timing import Meter, beats_to_s, s_to_beats
from improvd.places import remember_keyboards
from improvd.protocol import (
    Alive,
    Anchor,
    Cancel,
    Connect,
    Continued,
    Downbeat,
    Finished,
    Heard,
    Inject,
    LetGo,
    Loaded,
    Opened,
    Owed,
    Panic,
    Play,
    PortsSeen,
    Push,
    Refused,
    SetMeter,
    SetTempo,
    SetThru,
    Sounded,
    SynthEnded,
    Transport,
    Trouble,
    UseSynth,
    Weighed,
)
from improvd.status import NOTHING_COUNTED, ROLL_BEATS, Facts, Status, roll_of, status_of
from improvd.steering import changed, click_of, clock_of, greeting_of, inputs_of, meter_of, nudged, read, take_path

LOOP_ECHOES = 3
TRANSPORT = {"clock_start": ("start", True), "clock_stop": ("stop", False), "clock_continue": ("go on", False)}
"""What the player is told for a command, and whether it is counted in."""
Send = Callable[[Any], None]

log = logging.getLogger("improvd")


class Session:
    """This takes in what is heard, asked and seen, and says what player and model shall do.

    Attributes:
        facts: what is known.
        ending: whether the daemon shall end.
        refusal: why the model cannot play, in one sentence; empty while it can.
    """

    def __init__(
        self, config: Config, facts: Facts, *, state: Path, seed: int, to_player: Send, to_model: Send
    ) -> None:
        """Begin a session.

        Args:
            config: the settings at the start.
            facts: what is known at the start.
            state: the folder of what is remembered.
            seed: base of the noise, where the settings fix none.
            to_player, to_model: take messages of `protocol`.
        """
        self.facts, self.ending, self.refusal = facts, False, ""
        self._config, self._state, self._seed = config, state, seed
        self._to_player, self._to_model = to_player, to_model
        self._owed: set[tuple[int, int]] = set()
        self._unpaid: set[tuple[int, int]] = set()
        self._answer = self._chance_echoes = 0
        self._recorder = Recorder(lambda: take_path(config, state), on=config.record.takes == "on")
        self._keys, self._roll, self._taps = Keystrokes(), Roll(), Taps()
        self._conductor = Conductor(config, seed=seed)

    # --- as time passes ----------------------------------------------------------------------

    def next_s(self) -> float:
        """Return when `tick` has something to do if nothing happens before; infinite if never."""
        wake_s = self._conductor.next_wake_s()
        return self._keys.next_s if wake_s is None else min(self._keys.next_s, wake_s)

    def tick(self, now_s: float) -> None:
        """Decide what is due, and send what was decided since."""
        self._inject(self._keys.due(now_s))
        self._conductor.tick(now_s)
        for action in self._conductor.actions():
            if isinstance(action, SetTempo):
                self._config = self._config.having("clock.bpm", action.bpm)  # it followed the player's
            send = self._to_player if isinstance(action, Play | Cancel | Downbeat | SetTempo) else self._to_model
            send(action)

    def status(self, now_s: float) -> Status:
        """Return the status object."""
        return status_of(self._config, self.facts, self._conductor.view(now_s), now_s)

    def update(self, now_s: float) -> dict[str, Any]:
        """Return what subscribers get: the status, and the piano roll."""
        return self.status(now_s).as_json() | {"roll": roll_of(self._roll)}

    def note(self, **news: Any) -> None:
        """Replace some of the facts."""
        self.facts = replace(self.facts, **news)

    def tell(self, sentence: str, now_s: float) -> None:
        """Show the musician a sentence."""
        log.info("%s", sentence)
        self.note(notice=sentence, notice_s=now_s)

    # --- the player --------------------------------------------------------------------------

    def greet_player(self) -> None:
        """Tell a new player what to open and how to play."""
        self.note(thru=self._thru())
        owed = tuple(sorted(self._owed))
        for message in greeting_of(self._config, inputs=self._inputs(), thru=self.facts.thru, owed=owed):
            self._to_player(message)
        if self.facts.synth:
            self._to_player(UseSynth(True))

    def lose_player(self, sentence: str, now_s: float) -> None:
        """Begin anew: the next player's clock starts at zero, so none of this one's places holds."""
        self.tell(sentence, now_s)
        self.note(counted=self.facts.counts(), pulse=NOTHING_COUNTED, opened=None, wiring=Wiring())
        self._unpaid |= self._owed
        self.save_take(now_s)
        self._recorder.begin()
        self._keys, self._roll = Keystrokes(), Roll()
        self._answer = self._chance_echoes = 0
        self._conductor = Conductor(self._config, seed=self._seed)
        self._conductor.model_ready(self.facts.loaded is not None)

    def hear(self, message: Any, now_s: float) -> None:
        """Take in a message of the player or the model."""
        HEARS[type(message)](self, message, now_s)

    def _opened(self, message: Opened, _now_s: float) -> None:
        self.note(opened=message)
        log.info("ports open: %s%s", message.backend, f" ({message.why})" if message.why else "")
        self._recorder.on |= self._config.record.takes == "auto" and message.backend == "none"

    def _heard(self, message: Heard, now_s: float) -> None:
        self._conductor.hear(message)
        if self._roll.feed("call", message.at_beats, message.data):
            self.note(last_in_s=message.at_s)
        self._recorder.heard(message)
        if self.facts.auditioning and message.data[0] & 0xF0 == NOTE_ON and message.source in self.facts.keyboards:
            self._choose(message.source, now_s)

    def _sounded(self, message: Sounded, _now_s: float) -> None:
        self._conductor.sounded(message)
        kind, place = message.data[0] & 0xF0, (message.data[0] & 0x0F, message.data[1])
        (self._owed.add if kind == NOTE_ON else self._owed.discard)(place)
        self.note(last_out_s=message.at_s)
        if message.answer <= 0:
            return
        self._roll.feed("answer", message.at_beats, message.data)
        self._recorder.sounded(message)
        if kind == NOTE_ON and message.answer != self._answer:
            self._answer = message.answer
            self.note(latency_s=message.lateness_s)

    def _finished(self, message: Finished, now_s: float) -> None:
        self._conductor.finished(message)
        self.save_take(now_s)

    def _anchored(self, message: Anchor, now_s: float) -> None:
        if message.source != "internal" and message.bpm != self._config.clock.bpm:
            self._config = self._config.having("clock.bpm", round(message.bpm, 2))  # to go on at, once it is gone
            self._conductor.tempo_set(message.bpm)
        if message.state == "lost" != self.facts.anchor.state:
            self.tell("the outside clock fell silent", now_s)
        self.note(anchor=message)
        self._conductor.anchor(message)
        self._roll.forget_before(message.at_beats - ROLL_BEATS)

    def _alive(self, message: Alive, now_s: float) -> None:
        before = self.facts.pulse
        if message.echoes == before.echoes and message.notes_out > before.notes_out:
            self._chance_echoes = message.echoes  # what went out did not come back: no loop
        if message.echoes > before.echoes and message.echoes - self._chance_echoes >= LOOP_ECHOES:
            self.tell("the routing loops: improvd gets back what it sends; part its output from its input", now_s)
        self.note(pulse=message)

    def _ports_seen(self, message: PortsSeen, _now_s: float) -> None:
        self.note(ports=message)
        self._audition_all()

    def _synth_ended(self, message: SynthEnded, now_s: float) -> None:
        self.note(synth=False)
        self.tell(message.text, now_s)

    def _trouble(self, message: Trouble, now_s: float) -> None:
        self.tell(message.text, now_s)

    # --- wiring and keyboards ----------------------------------------------------------------

    def see(self, wiring: Wiring) -> None:
        """Take in how improvd is wired up; a player that left takes its fingers along."""
        if set(self.facts.wiring.players) - set(wiring.players):
            self._to_player(LetGo(OWN + "in"))
        self.note(wiring=wiring)
        self._pay()
        self._switch_thru()
        self._audition_all()

    def _pay(self) -> None:
        """Have what a lost player owed sent again to those who read the new one: connections are lost with a port."""
        if self._unpaid and self.facts.opened and self.facts.wiring.readers:
            self._to_player(Owed(tuple(sorted(self._unpaid))))
            self._unpaid.clear()

    def _thru(self) -> bool:
        mode = self._config.midi.thru
        return mode == "on" or (mode == "auto" and not self.facts.wiring.hearing)

    def _switch_thru(self) -> None:
        if self._thru() != self.facts.thru:
            self.note(thru=self._thru())
            self._to_player(SetThru(self.facts.thru))

    def _inputs(self) -> tuple[str, ...]:
        """Return what to connect: the configured keyboards, the chosen one, and all of them in an audition."""
        tried = self.facts.keyboards if self.facts.auditioning else ()
        return inputs_of(self._config, self.facts.remembered, tried)

    def _connect(self) -> None:
        self._to_player(Connect(self._inputs(), self._config.midi.outputs))

    def _audition_all(self) -> None:
        """Have an audition reach the keyboards that came meanwhile."""
        if self.facts.auditioning and not set(self.facts.keyboards) <= set(self.facts.ports.connected_inputs):
            self._connect()

    def _choose(self, name: str, now_s: float) -> None:
        """Keep a keyboard, now and at the next start."""
        self.note(auditioning=False, remembered=(name,))
        self._connect()
        try:
            remember_keyboards(self._state, (name,))
        except OSError as error:
            self.tell(f"{name} is connected but cannot be remembered in {self._state}: {error.strerror}", now_s)

    # --- the model ---------------------------------------------------------------------------

    def lose_model(self, sentence: str, now_s: float) -> None:
        """Go on without a model until the next is loaded."""
        self.note(loaded=None)
        self._conductor.model_ready(False)
        self.tell(sentence, now_s)

    def _loaded(self, message: Loaded, now_s: float) -> None:
        self.note(loaded=message)
        log.info("model %s on %s", message.model, message.runtime)
        if message.why:
            self.tell(message.why, now_s)
        self._conductor.model_ready(True)

    def _refused(self, message: Refused, now_s: float) -> None:
        self.refusal = message.text
        self.note(notice=message.text, notice_s=now_s)

    def _continued(self, message: Continued, _now_s: float) -> None:
        self._conductor.continued(message)

    # --- takes -------------------------------------------------------------------------------

    def save_take(self, now_s: float) -> None:
        """Write the take, if one is recorded."""
        try:
            self._recorder.save(self._config.clock.bpm, Meter.parse(self._config.clock.meter))
        except (MidiFileError, OSError) as error:
            self.tell(f"the take: {error}", now_s)
        self.note(take=str(self._recorder.path or self.facts.take))

    # --- steering ----------------------------------------------------------------------------

    def answer(self, request: Request, now_s: float) -> object:
        """Do a request of a client and return its result.

        Raises:
            ImprovdError: if it cannot be done; the text says why.
        """
        return ANSWERS[request.method](self, request, now_s)

    def _get(self, request: Request, _now_s: float) -> Value:
        return read(self._config, request.name)

    def _set(self, request: Request, _now_s: float) -> Value:
        return self._change(*changed(self._config, request.name, request.value))

    def _nudge(self, request: Request, _now_s: float) -> Value:
        return self._change(*nudged(self._config, request.name, request.steps))

    def _change(self, key: str, config: Config) -> Value:
        """Put a changed setting into force and return its value."""
        if key == "clock.bpm" and self.facts.anchor.source == "midi":
            raise ControlError("the tempo comes from the MIDI clock; set clock.source to 'internal' to give it here")
        self._config = config
        self._conductor.configure(config)
        if key == "clock.bpm":
            self._conductor.tempo_set(config.clock.bpm)
        if key in TELLS_PLAYER:
            self._to_player(TELLS_PLAYER[key](config))
        self._switch_thru()
        return config.get(key)

    def _do(self, request: Request, now_s: float) -> bool:
        DOES[request.what](self, request, now_s)
        return True

    def _panic(self, _request: Request, now_s: float) -> None:
        self._keys.release()
        self._conductor.stop(now_s)
        self._to_player(Panic())

    def _your_turn(self, _request: Request, now_s: float) -> None:
        self._inject(self._keys.release())
        self._conductor.your_turn(now_s)

    def _stop(self, _request: Request, now_s: float) -> None:
        self._conductor.stop(now_s)

    def _forget(self, _request: Request, _now_s: float) -> None:
        self._conductor.forget()

    def _tap(self, _request: Request, now_s: float) -> None:
        bpm = self._taps.tap(now_s)
        if bpm is not None:
            self._change(*changed(self._config, "clock.bpm", bpm))

    def _one(self, _request: Request, now_s: float) -> None:
        self._to_player(Downbeat(self._conductor.view(now_s).beats))

    def _push(self, request: Request, _now_s: float) -> None:
        self._to_player(Push(s_to_beats(request.ms / 1000, self._config.clock.bpm)))

    def _transport(self, request: Request, _now_s: float) -> None:
        what, counted = TRANSPORT[request.what]
        self._to_player(Transport(what, self._config.clock.count_in if counted else 0))

    def _quit(self, _request: Request, _now_s: float) -> None:
        self.ending = True

    def _key(self, request: Request, now_s: float) -> None:
        beat_s = beats_to_s(1.0, self._config.clock.bpm)
        self._inject(self._keys.press(request.pitch, request.velocity, now_s=now_s, beat_s=beat_s))

    def _inject(self, messages: list[tuple[int, ...]]) -> None:
        for data in messages:
            self._to_player(Inject(data))

    def _synth(self, request: Request, _now_s: float) -> None:
        if request.on and not self.facts.synth_available:
            raise ControlError(
                "fluidsynth or its sounds are missing; on Debian: apt install fluidsynth fluid-soundfont-gm"
            )
        self.note(synth=request.on)
        self._to_player(UseSynth(request.on))

    def _audition(self, request: Request, _now_s: float) -> None:
        self.note(auditioning=request.on)
        self._connect()

    def _connect_keyboard(self, request: Request, now_s: float) -> None:
        there = self.facts.ports.inputs
        if request.name not in there:
            names = f"; there is {', '.join(there)}" if there else "; there is none"
            raise ControlError(f"no keyboard {request.name!r}{did_you_mean(request.name, there) or names}")
        self._choose(request.name, now_s)


# --- the tables: who deals with what ---------------------------------------------------------

HEARS: dict[type, Callable[[Session, Any, float], None]] = {
    Opened: Session._opened,
    Heard: Session._heard,
    Sounded: Session._sounded,
    Finished: Session._finished,
    Anchor: Session._anchored,
    Alive: Session._alive,
    PortsSeen: Session._ports_seen,
    SynthEnded: Session._synth_ended,
    Trouble: Session._trouble,
    Loaded: Session._loaded,
    Refused: Session._refused,
    Continued: Session._continued,
    Weighed: lambda session, message, _now_s: session._conductor.weighed(message),
}

ANSWERS: dict[str, Callable[[Session, Request, float], object]] = {
    "get": Session._get,
    "set": Session._set,
    "nudge": Session._nudge,
    "do": Session._do,
    "status": lambda session, _request, now_s: session.status(now_s).as_json(),
    "subscribe": lambda _session, _request, _now_s: True,
}

DOES: dict[str, Callable[[Session, Request, float], None]] = {
    "panic": Session._panic,
    "your_turn": Session._your_turn,
    "stop": Session._stop,
    "forget": Session._forget,
    "tap": Session._tap,
    "one": Session._one,
    "push": Session._push,
    **dict.fromkeys(TRANSPORT, Session._transport),
    "quit": Session._quit,
    "key": Session._key,
    "synth": Session._synth,
    "audition": Session._audition,
    "connect": Session._connect_keyboard,
}

TELLS_PLAYER: dict[str, Callable[[Config], object]] = {
    "clock.bpm": lambda config: SetTempo(config.clock.bpm, config.clock.glide_beats),
    "clock.meter": lambda config: SetMeter(*meter_of(config)),
    "clock.source": clock_of,
    "clock.lost": clock_of,
    "clock.offset_ms": clock_of,
    "click.on": click_of,
}
"""Settings that the player keeps too."""
