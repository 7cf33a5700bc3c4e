"""The `sonde` command: one file per command. Heavy imports happen inside the commands."""
