"""The retention schedule as versioned data: drafted, previewed, adopted, re-marked."""
