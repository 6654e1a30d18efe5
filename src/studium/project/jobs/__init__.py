"""Acts on files that take a while: ``docs/design/jobs.md``."""
