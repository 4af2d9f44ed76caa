-- compatible_from: V002
-- Connections that ended while an attempt to store them might still have been under way, in a backend that was frozen
-- or cut off: whoever comes to store one of these later does not. Removed by the reaper after a day.
CREATE TABLE ended_connections (
  room_id       bigint      NOT NULL REFERENCES rooms,
  connection_id text        NOT NULL CHECK (connection_id ~ '^[A-Za-z0-9_-]{1,64}$'),
  end_time      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (room_id, connection_id)
);
