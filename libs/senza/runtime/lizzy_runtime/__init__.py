"""Runs Senza's commands: see docs/decisions for why, docs/senza-repairs.md for what is corrected in Senza."""
