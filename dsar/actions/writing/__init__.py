"""What is due in the tenants' stores, written by one worker at a time: leases, turns, and what stood there before."""
