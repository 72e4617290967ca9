"""The report: what lies in the folders of some runs, as one page that needs nothing else."""
