"""Studium: a self-hosted, real-time collaborative platform for scientific computing."""

__version__ = "0.1.0"
