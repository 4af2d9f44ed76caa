-- compatible_from: V001
-- Who may call the gRPC API. Of a token only its SHA-256 is kept: it is 256 random bits, so that nobody finds it by
-- trying, and a slow hash, which is for what people choose, would only make every call slow.
CREATE TABLE api_tokens (
  token_id    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token_hash  bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
  -- What its owner is, for people.
  label       text        NOT NULL CHECK (char_length(label) BETWEEN 1 AND 100),
  scopes      text[]      NOT NULL CHECK (cardinality(scopes) >= 1 AND scopes <@ ARRAY['read', 'send', 'admin']),
  -- Who its messages are from. With the scope `admin` they may be anybody's.
  author_id   text        CHECK (octet_length(author_id) BETWEEN 1 AND 64),
  create_time timestamptz NOT NULL DEFAULT now(),
  expire_time timestamptz,
  revoke_time timestamptz,
  CHECK (author_id IS NOT NULL OR NOT scopes @> ARRAY['send'])
);
