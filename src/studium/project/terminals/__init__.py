"""Terminals: programs in PTYs that several people see and type into, and that outlive the project server."""
