-- compatible_from: V001
-- Whose name is taken in a room is looked up by what people take for the same name.

-- Two names with the same key are the same name to a reader: case, width and the ways to write an accent do not count.
CREATE FUNCTION name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT lower(normalize(name, NFKC) COLLATE "und-x-icu")
$$;

-- A name and those that are made of it when it is taken, `Ann 2`, `Ann 3`: whoever takes one of them locks the family.
CREATE FUNCTION name_family(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT regexp_replace(lower(normalize(name, NFKC) COLLATE "und-x-icu"), ' [0-9]+$', '')
$$;

CREATE INDEX connections_by_name ON connections (room_id, name_family(author_name));
