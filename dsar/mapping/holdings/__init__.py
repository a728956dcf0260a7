"""What is held about a person, by kind: what they read of the data map, where the team reads collections and fields."""
