"""What is usual at which time of the local day, and what is not. Pure."""
