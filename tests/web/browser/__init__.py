"""The web in a real browser: each person's day, and every link of every post."""
