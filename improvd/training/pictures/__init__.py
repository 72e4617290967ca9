"""Pictures of music and of training: pure functions from data to the bytes of a file, each looked at and legible."""
