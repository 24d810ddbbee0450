"""What a practice reads: the page, the workbook and the file, and the answer about one person."""
