"""What is kept of each UTC day: the additive statistics that every detector works on. Pure."""
