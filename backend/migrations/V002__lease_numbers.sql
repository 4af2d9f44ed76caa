-- Tells one lease of a gateway from the next: a heartbeat renews the lease that its stream began with, and no other.
CREATE SEQUENCE lease_numbers;
ALTER TABLE gateways ADD COLUMN lease_number bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN gateways.attached IS
  'The gateway has shown by a heartbeat that it knows of this lease, and so which of its connections are stored.';
