"""What becomes of patterns once they are found: where they stand, how good they are, what people taught. Pure."""
