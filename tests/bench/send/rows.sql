-- One transaction of pgbench: :rows messages of 100 bytes, spread over :rooms rooms of its session, as the backend stores them.
\set first random(1, :rooms)
BEGIN;
WITH base AS (
  SELECT nextval('reference_offsets') * 100000 AS first_offset),
input AS (
  SELECT 1 + :client_id::int * :rooms + (:first + row) % :rooms AS room_id, first_offset + row AS message_offset,
    lpad((row % 32)::text, 22, 'author') AS author_id, 'Author ' || (row % 32) AS author_name,
    lpad(to_hex(first_offset + row), 22, 'request') AS request_id, repeat('x', 100) AS body,
    '1700000000000' AS client_time
  FROM base, generate_series(1, :rows) AS row),
heads AS (
  UPDATE rooms SET last_offset = top.message_offset
  FROM (SELECT room_id, max(message_offset) AS message_offset FROM input GROUP BY room_id) AS top
  WHERE rooms.room_id = top.room_id)
INSERT INTO messages (room_id, message_offset, change_offset, author_id, author_name, request_id, body, client_time,
  create_time)
SELECT room_id, message_offset, message_offset, author_id, author_name, request_id, body, client_time,
  statement_timestamp() FROM input;
COMMIT;
