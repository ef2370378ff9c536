"""A second Custom Vision service, to hold the actions and the probe against.

It is written from the API's description alone and shares no code with `emulator/`. Where the description is silent it
behaves as its `Ways` say, and these are chosen otherwise than the emulator's defaults.
"""
