"""The plan of a data map for somebody's identities, told to an engineer before anything is collected."""
