"""Training: corpora, batches, recipes; the only part of improvd that needs tensorflow."""
