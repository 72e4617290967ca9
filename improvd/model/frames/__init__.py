"""The network that foresees piano rolls frame by frame, note by note: codec `frames`."""
