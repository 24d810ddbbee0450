"""Disclosure control: every count as one system of cells, protected, written, read back and attacked."""
