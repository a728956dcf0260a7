"""The messages of the portal: a function each, named as its three templates (templates/emails)."""
