import os

from improvd.muted import muted


def test_what_a_library_writes_is_not_seen_and_what_comes_after_is(capfd):
    os.write(2, b"before ")
    with muted():
        os.write(2, b"inside ")
    os.write(2, b"after")
    assert capfd.readouterr().err == "before after"
