"""Programs that read what people brought, in the inner ring: files that mean harm meet limits there, and no secret."""
