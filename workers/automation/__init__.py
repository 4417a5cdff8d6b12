"""The automation worker: reads, writes, judges and explains the automations of Home Assistant."""
