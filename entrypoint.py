#!/usr/local/bin/python3 -Iu
"""Where the container starts: hand the environment to the action, and exit with its code."""

import os
import sys

from cvaction.main import main

if __name__ == "__main__":
    sys.exit(main(os.environ))
