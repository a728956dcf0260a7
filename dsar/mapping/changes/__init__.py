"""What two states of a data map differ in, and what that means for the people whose data it describes."""
