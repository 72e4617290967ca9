"""The benchmark of Boulanger-Lewandowski et al. 2012: piano rolls, foreseen frame by frame."""
