"""Versions of a model as hashed files, with a champion that can be rolled back."""
