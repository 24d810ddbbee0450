"""What a model learns from and is judged on: features and outcomes of index dates, and who is on which side."""
