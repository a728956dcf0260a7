"""Write what a person has switched on or off into the stores that act on it. Pure."""
