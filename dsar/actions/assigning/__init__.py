"""Who of the team has a request: taken, assigned to somebody, given back."""
