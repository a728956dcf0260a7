"""What the portal itself keeps of requests goes when its time is over: texts by days, the register by months.

accounts.models.classification says of each column how long; a legal hold beats all of it, a restriction what
dsar.restrictions says.
"""
