"""What moved a person's estimate, exactly and in words."""
