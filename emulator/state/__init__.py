"""What the emulated service holds: resources, projects, identities, its switches. No HTTP."""
