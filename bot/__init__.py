"""The coach: events in, one step of one interview, speech out through a port."""
