"""Walk a plan over stores: which rows belong to the person, and which keys lead on. Pure."""
