"""What the agents and the web pages share: events, periods, signatures, the audit log."""
