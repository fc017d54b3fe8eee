-- The tables that the package needs, for SQLite. The first is scs's own.
CREATE TABLE sessions (
	token  TEXT PRIMARY KEY,  -- base64url of SHA-256 of the cookie's token
	data   BLOB NOT NULL,     -- JSON: {"v":1,"deadline":RFC 3339,"values":{...}}
	expiry REAL NOT NULL      -- Julian day, UTC
);
CREATE INDEX sessions_expiry_idx ON sessions (expiry);

-- Sessions renewed or destroyed a moment ago, so that a request still in flight
-- with the old cookie starts no second session. A row stays for a minute or two.
CREATE TABLE ended_sessions (
	token    TEXT PRIMARY KEY,  -- as in sessions
	ended_at INTEGER NOT NULL   -- milliseconds since 1970-01-01, UTC
);
