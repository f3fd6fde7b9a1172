"""What people type, and the tree it means; no engine is known here."""
