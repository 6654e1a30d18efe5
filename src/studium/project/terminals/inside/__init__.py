"""What runs in the inner ring, and has the terminals."""
