"""The figures as published, tidy, made from protected counts only."""
