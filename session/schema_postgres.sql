-- The tables that the package needs, for PostgreSQL and what speaks its
-- protocol. The columns of the first are scs's own; data may be BYTEA as well,
-- which people cannot read.
CREATE TABLE IF NOT EXISTS sessions (
	token  TEXT PRIMARY KEY,     -- base64url of SHA-256 of the cookie's token
	data   TEXT NOT NULL,        -- JSON: {"v":1,"deadline":RFC 3339,"values":{...}}
	expiry TIMESTAMPTZ NOT NULL
)
-- Room in each page for the next change of a session, which then needs no entry in an
-- index; and a vacuum when a hundredth of the rows is dead, not a fifth.
WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.01);
CREATE INDEX IF NOT EXISTS sessions_expiry_idx ON sessions (expiry);

-- Sessions renewed or destroyed a moment ago, so that a request still in flight
-- with the old cookie starts no second session. A row stays for a minute or two.
CREATE TABLE IF NOT EXISTS ended_sessions (
	token    TEXT PRIMARY KEY,  -- as in sessions; *: all that there were
	ended_at BIGINT NOT NULL,   -- milliseconds since 1970-01-01, UTC
	renewed  SMALLINT NOT NULL DEFAULT 0 CHECK (renewed IN (0, 1)) -- 1: it goes on under another token
);
