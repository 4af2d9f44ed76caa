-- compatible_from: V001
-- Whose name is taken in a room is looked up by what people take for the same name.

-- name_key: two names with the same key are the same name to a reader: case, width and the ways to write an accent do not
-- count. name_family: a name and those that are made of it when it is taken, `Ann 2`, `Ann 3`: whoever takes one of them
-- locks the family. name_stem: what those that are made of it begin with, as it is written. A database of another encoding
-- than UTF8 knows of letters what ASCII does.
DO $do$
DECLARE
  is_unicode boolean := current_setting('server_encoding') = 'UTF8';
  written text := CASE WHEN is_unicode THEN 'normalize(name, NFKC)' ELSE 'name' END;
  key text := 'lower(' || written || CASE WHEN is_unicode THEN ' COLLATE "und-x-icu")' ELSE ')' END;
BEGIN
  EXECUTE format('CREATE FUNCTION name_key(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS %L',
                 'SELECT ' || key);
  EXECUTE format('CREATE FUNCTION name_family(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS %L',
                 'SELECT regexp_replace(' || key || $re$, ' [0-9]+$', '')$re$);
  EXECUTE format('CREATE FUNCTION name_stem(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS %L',
                 'SELECT regexp_replace(' || written || $re$, ' [0-9]+$', '')$re$);
END
$do$;

CREATE INDEX connections_by_name ON connections (room_id, name_family(author_name));
