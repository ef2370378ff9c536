#!/usr/local/bin/python3 -Iu
"""The start of the container: load the action, listen for a cancel, run the command, exit with its code."""

import gc
import os
import signal
import sys

if __name__ == "__main__":
    # Signals wait until the clock listens: one that came during loading would end the run without a word.
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    gc.disable()  # loading makes no garbage; the command enables it again
    from cvaction.clock import SystemClock
    from cvaction.main import find, main

    command = find(sys.argv[1:])

    sys.exit(main(os.environ, SystemClock.listening(), command))
