// Every statement that requests run, by name. Prepared once a connection.
#pragma once

#include <span>
#include <string_view>

namespace parley::backend::sql {

struct Statement {
  const char* name;
  const char* text;
};

// The columns of a message, in the order of read_message() (backend/postgres/message_row.h).
#define PARLEY_MESSAGE_COLUMNS                                                                           \
  "m.message_offset, m.change_offset, m.author_id, m.author_name, m.request_id, m.body, m.client_time, " \
  "(extract(epoch FROM m.create_time) * 1000000)::bigint"

// Rooms by name. One row a name, also for a room that nobody made: then room_id is null and the offset 0.
// $1 names. -> name, room_id, epoch, last_offset
inline constexpr Statement kRooms{
    "rooms",
    "SELECT wanted.name, r.room_id, coalesce(r.epoch, d.epoch), coalesce(r.last_offset, 0) "
    "FROM unnest($1::text[]) AS wanted(name) LEFT JOIN rooms r USING (name) JOIN database_epoch d ON d.only_row"};

// $1 names, sorted, so that two of these never wait for each other in a circle.
inline constexpr Statement kMakeRooms{"make_rooms",
                                      "INSERT INTO rooms (name, epoch) SELECT wanted.name, d.epoch "
                                      "FROM unnest($1::text[]) AS wanted(name) JOIN database_epoch d ON d.only_row "
                                      "ON CONFLICT (name) DO NOTHING"};

// The lock that makes commit order and offset order the same; in ascending room_id against deadlocks. A join, because a
// comparison with an array may be planned, while the table is small, as one with each of its elements for each room.
// $1 names. -> name, room_id, epoch, last_offset
inline constexpr Statement kLockRooms{"lock_rooms",
                                      "SELECT r.name, r.room_id, r.epoch, r.last_offset FROM unnest($1::text[]) AS "
                                      "wanted(name) JOIN rooms r USING (name) "
                                      "ORDER BY r.room_id FOR NO KEY UPDATE OF r"};

// $1 room_ids, $2 author_ids, $3 request_ids. -> room_id, a message's columns
inline constexpr Statement kRepeats{
    "repeats", "SELECT m.room_id, " PARLEY_MESSAGE_COLUMNS
               " FROM unnest($1::bigint[], $2::text[], $3::text[]) AS wanted(room_id, author_id, request_id) "
               "JOIN messages m USING (room_id, author_id, request_id)"};

// Locks rooms as kLockRooms does, gives messages the offsets behind their rooms' heads, inserts them and moves the
// heads: in one round trip. Nothing of it, and no row, when a room is missing. The time is taken after the locks, so
// that it follows the offsets. $1 names, each once; $2 how many messages of each are new; then of each message: $3 its
// room's place among the names, from 1; $4 its number among the new ones of its room, from 1; $5 author_id, $6
// author_name, $7 request_id, $8 body, $9 client_time. -> of each room: name, epoch, the offset of the head before, the
// time of storing in microseconds
inline constexpr Statement kInsertMessages{
    "insert_messages",
    "WITH locked AS MATERIALIZED (SELECT wanted.name, wanted.place, wanted.new_messages, r.room_id, r.epoch, "
    "r.last_offset FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS wanted(name, new_messages, place) "
    "JOIN rooms r USING (name) ORDER BY r.room_id FOR NO KEY UPDATE OF r), "
    "rooms_of_all AS MATERIALIZED (SELECT array_agg(room_id ORDER BY place) AS ids, "
    "array_agg(last_offset ORDER BY place) AS heads, count(*) AS number, clock_timestamp() AS locked_at FROM locked), "
    "complete AS MATERIALIZED (SELECT * FROM rooms_of_all WHERE number = cardinality($1::text[])), "
    "stored AS (INSERT INTO messages (room_id, message_offset, change_offset, author_id, author_name, request_id, "
    "body, client_time, create_time) SELECT c.ids[m.place], c.heads[m.place] + m.number, c.heads[m.place] + m.number, "
    "m.author_id, m.author_name, m.request_id, m.body, m.client_time, c.locked_at FROM complete c CROSS JOIN "
    "unnest($3::int[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[]) "
    "AS m(place, number, author_id, author_name, request_id, body, client_time)), "
    "heads AS (UPDATE rooms SET last_offset = l.last_offset + l.new_messages FROM complete CROSS JOIN locked l "
    "WHERE rooms.room_id = l.room_id AND l.new_messages > 0) "
    "SELECT l.name, l.epoch, l.last_offset, (extract(epoch FROM c.locked_at) * 1000000)::bigint "
    "FROM complete c CROSS JOIN locked l"};

// A page of history, newest first: $1 room_id, before offset $2, at most $3 rows and $4 bytes of bodies, at least one
// row.
inline constexpr Statement kHistory{
    "history", "SELECT " PARLEY_MESSAGE_COLUMNS
               " FROM (SELECT page.*, sum(octet_length(body)) OVER newest AS bytes, row_number() OVER newest AS place "
               "FROM (SELECT * FROM messages WHERE room_id = $1 AND message_offset < $2 "
               "ORDER BY message_offset DESC LIMIT $3) AS page "
               "WINDOW newest AS (ORDER BY message_offset DESC)) AS m "
               "WHERE m.bytes <= $4 OR m.place = 1 ORDER BY m.message_offset DESC"};

// What changed in room $1 after offset $2, in the order of the changes: at most $3 bytes of bodies, at least one row.
inline constexpr Statement kChanges{
    "changes", "SELECT " PARLEY_MESSAGE_COLUMNS
               " FROM (SELECT page.*, sum(octet_length(body)) OVER oldest AS bytes, row_number() OVER oldest AS place "
               "FROM (SELECT * FROM messages WHERE room_id = $1 AND change_offset > $2) AS page "
               "WINDOW oldest AS (ORDER BY change_offset)) AS m "
               "WHERE m.bytes <= $3 OR m.place = 1 ORDER BY m.change_offset"};

// $1 names, $2 authors a room at the most. -> name, author_id, author_name, number of different authors
inline constexpr Statement kPresence{
    "presence",
    "WITH present AS (SELECT DISTINCT ON (c.room_id, c.author_id) c.room_id, r.name, c.author_id, c.author_name "
    "FROM rooms r JOIN connections c USING (room_id) WHERE r.name = ANY($1::text[]) "
    "ORDER BY c.room_id, c.author_id, c.name_time DESC, c.connection_id), "
    "ranked AS (SELECT *, count(*) OVER (PARTITION BY room_id) AS author_count, row_number() OVER (PARTITION BY "
    "room_id "
    "ORDER BY author_name COLLATE \"C\", author_id COLLATE \"C\") AS place FROM present) "
    "SELECT name, author_id, author_name, author_count FROM ranked WHERE place <= $2 ORDER BY name, place"};

// $1 gateway_ids. -> those whose lease is live; it stays so until the transaction's end
inline constexpr Statement kHoldLeases{"hold_leases",
                                       "SELECT gateway_id FROM gateways WHERE gateway_id = ANY($1::text[]) "
                                       "AND lease_expire_time > now() ORDER BY gateway_id FOR KEY SHARE"};

// $1 gateway_id: makes its row, with a lease that has lapsed.
inline constexpr Statement kMakeGateway{"make_gateway",
                                        "INSERT INTO gateways (gateway_id, lease_expire_time, attached) "
                                        "VALUES ($1, '-infinity', false) ON CONFLICT (gateway_id) DO NOTHING"};

// $1 gateway_id. -> is its lease live, does the gateway know of it, which one is it
inline constexpr Statement kLockGateway{"lock_gateway",
                                        "SELECT lease_expire_time > now(), attached, lease_number FROM gateways "
                                        "WHERE gateway_id = $1 FOR UPDATE"};

// $1 gateway_id, $2 lease in milliseconds: a lease that the gateway does not know of yet. -> lease_number
inline constexpr Statement kBeginLease{"begin_lease",
                                       "UPDATE gateways SET lease_expire_time = now() + $2 * interval '1 millisecond', "
                                       "attached = false, lease_number = nextval('lease_numbers') "
                                       "WHERE gateway_id = $1 RETURNING lease_number"};

// $1 gateway_id, $2 lease in milliseconds: the lease goes on.
inline constexpr Statement kExtendLease{
    "extend_lease",
    "UPDATE gateways SET lease_expire_time = now() + $2 * interval '1 millisecond' WHERE gateway_id = $1"};

// $1 gateway_id, $2 lease in milliseconds, $3 lease_number. A row when there was such a lease to renew.
inline constexpr Statement kRenewLease{"renew_lease",
                                       "UPDATE gateways SET lease_expire_time = now() + $2 * interval '1 millisecond', "
                                       "attached = true WHERE gateway_id = $1 AND lease_number = $3 RETURNING 1"};

// $1 gateways at the most: locks lapsed ones that no other backend is at work on. -> gateway_id
inline constexpr Statement kLapsedGateways{"lapsed_gateways",
                                           "SELECT gateway_id FROM gateways WHERE lease_expire_time <= now() "
                                           "ORDER BY lease_expire_time LIMIT $1 FOR UPDATE SKIP LOCKED"};

// $1 gateway_ids. -> the names of the rooms that lost connections
inline constexpr Statement kRemoveConnectionsOf{
    "remove_connections_of",
    "WITH gone AS (DELETE FROM connections WHERE gateway_id = ANY($1::text[]) RETURNING room_id) "
    "SELECT name FROM rooms WHERE room_id IN (SELECT room_id FROM gone)"};

// $1 gateway_ids
inline constexpr Statement kRemoveGateways{"remove_gateways",
                                           "DELETE FROM gateways WHERE gateway_id = ANY($1::text[])"};

// $1 room_ids, $2 connection_ids, $3 gateway_ids, $4 author_ids, $5 author_names: those that have not ended.
// -> room_id, connection_id of those that are new
inline constexpr Statement kAddConnections{
    "add_connections",
    "INSERT INTO connections (room_id, connection_id, gateway_id, author_id, author_name) "
    "SELECT n.room_id, n.connection_id, n.gateway_id, n.author_id, n.author_name "
    "FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[]) "
    "AS n(room_id, connection_id, gateway_id, author_id, author_name) WHERE NOT EXISTS "
    "(SELECT FROM ended_connections e WHERE e.room_id = n.room_id AND e.connection_id = n.connection_id) "
    "ON CONFLICT (room_id, connection_id) DO NOTHING RETURNING room_id, connection_id"};

// $1 room_ids, $2 connection_ids. -> room_id, connection_id, author_id, author_name of those that are stored
inline constexpr Statement kConnectionAuthors{
    "connection_authors",
    "SELECT c.room_id, c.connection_id, c.author_id, c.author_name FROM unnest($1::bigint[], $2::text[]) "
    "AS wanted(room_id, connection_id) JOIN connections c USING (room_id, connection_id)"};

// $1 room names, $2 connection_ids. -> room name, connection_id of those that were there
inline constexpr Statement kRemoveConnections{
    "remove_connections",
    "DELETE FROM connections USING unnest($1::text[], $2::text[]) AS gone(name, connection_id) "
    "JOIN rooms ON rooms.name = gone.name WHERE connections.room_id = rooms.room_id "
    "AND connections.connection_id = gone.connection_id RETURNING rooms.name, connections.connection_id"};

// $1 room name, $2 connection_id
inline constexpr Statement kRemoveConnection{
    "remove_connection",
    "DELETE FROM connections USING rooms WHERE connections.room_id = rooms.room_id AND rooms.name = $1 "
    "AND connections.connection_id = $2"};

// $1 room name, $2 connection_id: it will not be stored again.
inline constexpr Statement kEndConnection{"end_connection",
                                          "INSERT INTO ended_connections (room_id, connection_id) "
                                          "SELECT room_id, $2 FROM rooms WHERE name = $1 ON CONFLICT DO NOTHING"};

// What no backend can be about to store any more.
inline constexpr Statement kForgetEndedConnections{
    "forget_ended_connections", "DELETE FROM ended_connections WHERE end_time < now() - interval '1 day'"};

// $1 room_ids, $2 names: until the transaction's end nobody else gives out names of their families. In the order of the
// locks, so that two of these never wait for each other in a circle.
inline constexpr Statement kLockNames{
    "lock_names",
    "SELECT pg_advisory_xact_lock(1885434476, families.lock) FROM (SELECT DISTINCT hashtext(w.room_id || ' ' || "
    "name_family(w.name)) AS lock FROM unnest($1::bigint[], $2::text[]) AS w(room_id, name) ORDER BY 1) AS families"};

// In these, who uses a name is told by the lowest and the highest author_id: with one look into the index each, however
// many connections have it. Where both are one's own, nobody else has it.

// $1 room_ids, $2 names. -> a name's place, its key, its family, what its family's names begin with, and the lowest and
// the highest author_id that has it in the room (null where nobody has)
inline constexpr Statement kNamesInUse{
    "names_in_use",
    "SELECT w.place, name_key(w.name), name_family(w.name), name_stem(w.name), lowest.author_id, highest.author_id "
    "FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS w(room_id, name, place) "
    "LEFT JOIN LATERAL (SELECT c.author_id FROM connections c WHERE c.room_id = w.room_id AND name_key(c.author_name) "
    "= "
    "name_key(w.name) ORDER BY c.author_id LIMIT 1) AS lowest ON true "
    "LEFT JOIN LATERAL (SELECT c.author_id FROM connections c WHERE c.room_id = w.room_id AND name_key(c.author_name) "
    "= "
    "name_key(w.name) ORDER BY c.author_id DESC LIMIT 1) AS highest ON true"};

// $1 room_id, $2 family, $3 number: of the names `family 2` to `family number`, those that somebody has in the room.
// -> key, lowest and highest author_id
inline constexpr Statement kFamilyInUse{
    "family_in_use",
    "SELECT w.key, lowest.author_id, highest.author_id "
    "FROM (SELECT $2 || ' ' || n AS key FROM generate_series(2, $3::int) AS n) AS w "
    "CROSS JOIN LATERAL (SELECT c.author_id FROM connections c WHERE c.room_id = $1 AND name_key(c.author_name) = "
    "w.key "
    "ORDER BY c.author_id LIMIT 1) AS lowest "
    "CROSS JOIN LATERAL (SELECT c.author_id FROM connections c WHERE c.room_id = $1 AND name_key(c.author_name) = "
    "w.key "
    "ORDER BY c.author_id DESC LIMIT 1) AS highest"};

// $1 room_ids, $2 author_ids, $3 names. -> the places of those that a connection of another author has in the room
inline constexpr Statement kNamesOfOthers{
    "names_of_others",
    "SELECT w.place FROM unnest($1::bigint[], $2::text[], $3::text[]) WITH ORDINALITY AS w(room_id, author_id, name, "
    "place) CROSS JOIN LATERAL (SELECT c.author_id FROM connections c WHERE c.room_id = w.room_id AND "
    "name_key(c.author_name) = name_key(w.name) ORDER BY c.author_id LIMIT 1) AS lowest "
    "CROSS JOIN LATERAL (SELECT c.author_id FROM connections c WHERE c.room_id = w.room_id AND "
    "name_key(c.author_name) = name_key(w.name) ORDER BY c.author_id DESC LIMIT 1) AS highest "
    "WHERE lowest.author_id <> w.author_id OR highest.author_id <> w.author_id"};

// $1 room name, $2 connection_id. -> room_id, author_id; the row stays until the transaction's end
inline constexpr Statement kLockConnection{
    "lock_connection",
    "SELECT c.room_id, c.author_id FROM connections c JOIN rooms r USING (room_id) WHERE r.name = $1 "
    "AND c.connection_id = $2 FOR NO KEY UPDATE OF c"};

// $1 room name, $2 connection_id, $3 author_name. -> author_id
inline constexpr Statement kSetName{"set_name",
                                    "UPDATE connections SET author_name = $3, name_time = clock_timestamp() FROM rooms "
                                    "WHERE connections.room_id = rooms.room_id AND rooms.name = $1 "
                                    "AND connections.connection_id = $2 RETURNING connections.author_id"};

// $1 tokens at the most: those that are valid now. -> token_id, hash in hexadecimal, scopes with commas, author_id
inline constexpr Statement kApiTokens{
    "api_tokens",
    "SELECT token_id, encode(token_hash, 'hex'), array_to_string(scopes, ','), coalesce(author_id, '') FROM api_tokens "
    "WHERE revoke_time IS NULL AND (expire_time IS NULL OR expire_time > now()) ORDER BY token_id LIMIT $1"};

#undef PARLEY_MESSAGE_COLUMNS

inline constexpr Statement kAll[] = {kRooms,
                                     kMakeRooms,
                                     kLockRooms,
                                     kRepeats,
                                     kInsertMessages,
                                     kHistory,
                                     kChanges,
                                     kPresence,
                                     kHoldLeases,
                                     kMakeGateway,
                                     kLockGateway,
                                     kBeginLease,
                                     kExtendLease,
                                     kRenewLease,
                                     kLapsedGateways,
                                     kRemoveConnectionsOf,
                                     kRemoveGateways,
                                     kAddConnections,
                                     kConnectionAuthors,
                                     kRemoveConnections,
                                     kRemoveConnection,
                                     kEndConnection,
                                     kForgetEndedConnections,
                                     kLockNames,
                                     kNamesInUse,
                                     kFamilyInUse,
                                     kNamesOfOthers,
                                     kLockConnection,
                                     kSetName,
                                     kApiTokens};

}  // namespace parley::backend::sql
