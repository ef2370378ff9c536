"""The probe: it tries each fact on real resources, and cleans up after itself."""
