"""How the emulated service runs: ports, connections, faults, the portal's hands, the command line."""
