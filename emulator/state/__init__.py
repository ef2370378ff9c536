"""What the emulated service stores: resources, projects, identities, its switches. No HTTP."""
