"""What the pattern worker keeps in the database: patterns, feedback, exclusions, and the counts of days."""
