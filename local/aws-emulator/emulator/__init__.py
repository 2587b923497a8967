"""The emulator: moto in front of which stand a record of calls, faults on demand and a control of its own."""
