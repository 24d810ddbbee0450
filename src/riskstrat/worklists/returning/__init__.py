"""What practices send back: read as a stranger's file, checked, kept for ever, and heeded."""
