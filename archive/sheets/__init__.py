"""Lists in and out: XLSX, XLS and CSV read, mapped, tried, entered, undone, exported."""
