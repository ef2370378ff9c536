#!/usr/local/bin/python3 -Iu
"""Where the container starts: listen for a cancel, hand the environment to the action, and exit with its code."""

import os
import sys

from cvaction.clock import SystemClock

if __name__ == "__main__":
    clock = SystemClock()
    clock.listen()  # before the rest is loaded: a cancel in the first moments is one, too
    from cvaction.main import main

    sys.exit(main(os.environ, clock))
