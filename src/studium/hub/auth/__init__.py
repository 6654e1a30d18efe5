"""Who asks: passwords, sessions, tokens, and the limits on guessing them."""
