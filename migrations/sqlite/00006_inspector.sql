-- +goose Up

-- What lets an operator's browser into the inspector.
CREATE TABLE inspector_secrets (
  hash       TEXT    PRIMARY KEY, -- base64url of the SHA-256 of a secret that the browser alone has; 'readyz' is the row that /readyz writes
  expires_at INTEGER NOT NULL     -- Unix time in milliseconds, UTC
) STRICT;
