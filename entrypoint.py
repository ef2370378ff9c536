#!/usr/local/bin/python3 -Iu
"""Where the container starts: listen for a cancel, hand the environment to the action, and exit with its code."""

import gc
import os
import sys

from cvaction.clock import SystemClock

if __name__ == "__main__":
    clock = SystemClock.listening()  # before the rest is loaded: a cancel in the first moments is one, too
    gc.disable()  # what is loaded now is no garbage; main enables it again
    from cvaction.main import main

    sys.exit(main(os.environ, clock))
