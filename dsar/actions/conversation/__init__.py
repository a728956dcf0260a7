"""What the person and the privacy team say to each other about a request, and the team to itself."""
