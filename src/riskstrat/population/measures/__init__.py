"""The measures that programmes live by: their definitions, cells, figures, files and pages."""
