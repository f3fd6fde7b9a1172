"""鉴定: what is taken up, who judges it, what is decided, the report."""
