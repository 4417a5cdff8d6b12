"""What people see of patterns: words, sparklines, and pictures drawn by matplotlib."""
