"""What all work has in common: policy, states, attempts, and how a backlog is drained."""
