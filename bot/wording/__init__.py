"""Every sentence a person can read, made from values: short, kind, concrete, and safe to show in any chat."""
