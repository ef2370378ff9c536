"""What holds for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A machine under load makes inputs slowly, too: no test asserts a time.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")
