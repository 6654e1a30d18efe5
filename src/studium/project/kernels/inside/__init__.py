"""Programs that run in the inner ring with the project's own Python: the standard library and what is installed there.

They are run as files and import nothing of ours, since the project's Python may be any, from version 3.10 on.
"""
