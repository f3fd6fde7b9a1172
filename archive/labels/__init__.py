"""Labels with QR codes for volumes, boxes, bags and places."""
