"""Scans: matched to records in bulk; what matches nothing waits in the intake tray."""
