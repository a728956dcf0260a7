"""What somebody had typed when their session turned out to be over: kept for a while, and shown again in its form."""
