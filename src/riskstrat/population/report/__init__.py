"""What is read: the page, its pictures, the workbook, and the tidy CSV with its metadata."""
