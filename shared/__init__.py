"""What every worker stands on. Imports from `contracts`, never from `workers`."""
