"""Two people where the policy asks for two: one proposes, another confirms exactly that."""
