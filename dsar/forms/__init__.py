"""What people may send. A form checks shape and length; whether it is allowed is the action's word."""

#: Characters of what a reviewer writes to a person.
MOST_TEXT_CHARACTERS = 10_000
#: Characters of a value that stands in one line.
SHORT = 200
