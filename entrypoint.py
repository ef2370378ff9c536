#!/usr/local/bin/python3 -Iu
"""Where the container starts: listen for a cancel, hand the environment to the action, and exit with its code."""

import gc
import os
import signal
import sys

if __name__ == "__main__":
    # A cancel in the first moments waits until somebody listens, and the rest is loaded after that.
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    from cvaction.clock import SystemClock

    clock = SystemClock.listening()
    gc.disable()  # what is loaded now is no garbage; main enables it again
    from cvaction.main import main

    sys.exit(main(os.environ, clock))
