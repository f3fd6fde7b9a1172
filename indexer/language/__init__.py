"""Chinese text and questions in cells: folding, dates, codes, highlights. No engine is known here."""
