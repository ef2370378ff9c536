"""The parts of `make container-test`: an engine, a base image if none can be pulled, a runner, and the checks."""
