"""A double of GitHub's runner: it starts the action as the runner does, and reads what it prints and writes."""
