"""Session logs: all that reached the daemon's brain, with its times, so that `improvd replay` gives it all again."""
