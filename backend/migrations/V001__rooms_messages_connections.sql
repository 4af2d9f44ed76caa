-- The chat's tables. Every key of what belongs to a room begins with room_id.

-- Names the life of all histories in this database, see chat.v1.StreamPosition.epoch. One row.
CREATE TABLE database_epoch (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch    text    NOT NULL CHECK (octet_length(epoch) BETWEEN 1 AND 64)
);
INSERT INTO database_epoch (epoch) VALUES (replace(gen_random_uuid()::text, '-', ''));

CREATE TABLE rooms (
  room_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text        NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
  epoch       text        NOT NULL CHECK (octet_length(epoch) BETWEEN 1 AND 64),
  last_offset bigint      NOT NULL DEFAULT 0 CHECK (last_offset >= 0),
  create_time timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

-- To be called by an operator, with all backends stopped, after the database was restored from an older backup: clients
-- then begin anew instead of waiting for offsets that they have already seen.
CREATE FUNCTION begin_new_epoch() RETURNS text LANGUAGE sql AS $$
  UPDATE database_epoch SET epoch = replace(gen_random_uuid()::text, '-', '');
  UPDATE rooms SET epoch = (SELECT epoch FROM database_epoch);
  SELECT epoch FROM database_epoch;
$$;

CREATE TABLE messages (
  room_id        bigint      NOT NULL REFERENCES rooms,
  message_offset bigint      NOT NULL CHECK (message_offset >= 1),
  change_offset  bigint      NOT NULL,
  author_id      text        NOT NULL CHECK (author_id ~ '^[A-Za-z0-9_-]{1,64}$'),
  author_name    text        NOT NULL CHECK (char_length(author_name) BETWEEN 1 AND 40),
  request_id     text        NOT NULL CHECK (request_id ~ '^[A-Za-z0-9_-]{1,64}$'),
  body           text        NOT NULL CHECK (char_length(body) BETWEEN 1 AND 4000),
  client_time    text        NOT NULL CHECK (octet_length(client_time) <= 64),
  create_time    timestamptz NOT NULL,
  PRIMARY KEY (room_id, message_offset),
  UNIQUE (room_id, author_id, request_id),
  CHECK (change_offset >= message_offset)
);
CREATE INDEX messages_by_change ON messages (room_id, change_offset);

-- Leases are judged by the database's clock only.
CREATE TABLE gateways (
  gateway_id        text        PRIMARY KEY CHECK (gateway_id ~ '^[A-Za-z0-9_-]{1,64}$'),
  lease_expire_time timestamptz NOT NULL,
  -- The gateway has said hello under this lease: it knows which of its connections are stored.
  attached          boolean     NOT NULL
);
CREATE INDEX gateways_by_lease ON gateways (lease_expire_time);

CREATE TABLE connections (
  room_id       bigint      NOT NULL REFERENCES rooms,
  connection_id text        NOT NULL CHECK (connection_id ~ '^[A-Za-z0-9_-]{1,64}$'),
  gateway_id    text        NOT NULL REFERENCES gateways ON DELETE CASCADE,
  author_id     text        NOT NULL CHECK (author_id ~ '^[A-Za-z0-9_-]{1,64}$'),
  author_name   text        NOT NULL CHECK (char_length(author_name) BETWEEN 1 AND 40),
  connect_time  timestamptz NOT NULL DEFAULT now(),
  -- When author_name was given: an author with several connections is listed under the newest name.
  name_time     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (room_id, connection_id)
);
CREATE INDEX connections_by_gateway ON connections (gateway_id);
