from __future__ import annotations

from improvd.bench.bare import send


class Client:
    """An output that notes what it is given, and a clock that only its sleeper moves."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.sent: list[tuple[float, tuple[int, ...]]] = []

    def sleep(self, until_s: float) -> None:
        self.now_s = max(self.now_s, until_s)

    def send_message(self, message: tuple[int, ...]) -> None:
        self.sent.append((self.now_s, message))


def test_the_control_sends_each_note_at_its_own_moment():
    client = Client()
    send(client, 101.0, 0.125, 2, sleep=client.sleep)  # type: ignore[arg-type]
    assert client.sent == [
        (101.0, (0x91, 24, 80)),
        (101.0625, (0x81, 24, 0)),
        (101.125, (0x91, 25, 80)),
        (101.1875, (0x81, 25, 0)),
    ]
