#!/usr/local/bin/python3 -Iu
"""Where the container starts: load the action, listen for a cancel, hand it arguments and environment, exit with its code."""

import gc
import os
import signal
import sys

if __name__ == "__main__":
    # Signals wait until the clock listens: one that came during loading would end the run without a word.
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    gc.disable()  # what is loaded now is no garbage; main enables it again
    from cvaction.main import start

    sys.exit(start(sys.argv[1:], os.environ))
