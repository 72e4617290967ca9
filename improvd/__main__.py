"""`python -m improvd` is `improvd`."""

import sys

from improvd.cli import main

sys.exit(main())
