"""Hold a person's rows in a state for a while, and put back what stood in them. Pure."""
