-- The tables that the package needs, for SQLite. The columns of the first are
-- scs's own. STRICT: text in the data column would never equal the bytes that
-- the compare-and-swap was given.
CREATE TABLE IF NOT EXISTS sessions (
	token  TEXT PRIMARY KEY,  -- base64url of SHA-256 of the cookie's token
	data   BLOB NOT NULL,     -- JSON: {"v":1,"deadline":RFC 3339,"values":{...}}
	expiry REAL NOT NULL      -- Julian day, UTC
) STRICT;
CREATE INDEX IF NOT EXISTS sessions_expiry_idx ON sessions (expiry);

-- Sessions renewed or destroyed a moment ago, so that a request still in flight
-- with the old cookie starts no second session. A row stays for a minute or two.
CREATE TABLE IF NOT EXISTS ended_sessions (
	token    TEXT PRIMARY KEY,  -- as in sessions; *: all that there were
	ended_at INTEGER NOT NULL,  -- milliseconds since 1970-01-01, UTC
	renewed  INTEGER NOT NULL DEFAULT 0 CHECK (renewed IN (0, 1)) -- 1: it goes on under another token
) STRICT;
