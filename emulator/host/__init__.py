"""How the emulated service runs: ports, connections, faults, the portal, the command line."""
