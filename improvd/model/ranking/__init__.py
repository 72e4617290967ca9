"""Ranking: which of the candidates drawn at one temperature is played; each file one term, all weighed in `rank.py`."""
