"""Use: who asks, who approves, who reads, who has what, and what is chased until it is back."""
