"""`make demo`: a promotion and a mirror between emulated resources, run and shown as a workflow would."""

from __future__ import annotations

import sys

from tools.demo import mirror, promotion

if __name__ == "__main__":
    sys.exit(promotion.play() or mirror.play())
