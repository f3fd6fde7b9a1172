"""Printed forms of retention: opinions (F21), report (F22), destruction (F23, F24), transfer out (F9)."""
