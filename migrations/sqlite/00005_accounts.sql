-- +goose Up

CREATE TABLE accounts (
  id         TEXT    PRIMARY KEY,         -- 26 base32 characters, random
  email      TEXT    NOT NULL UNIQUE,     -- in small letters and NFC: what one signs in with
  password   TEXT    NOT NULL,            -- argon2id with its parameters, in PHC's string format
  cart       TEXT    NOT NULL DEFAULT '', -- JSON, as the value "cart" of a guest's session; empty: no cart
  created_at INTEGER NOT NULL,            -- unix time in milliseconds, UTC
  CHECK (length(id) = 26 AND id NOT GLOB '*[^a-z2-7]*'),
  CHECK (length(email) BETWEEN 3 AND 254 AND email LIKE '%_@_%'),
  CHECK (password LIKE '$argon2id$%'),
  CHECK (created_at > 0)
) STRICT;

-- Which sessions are signed in, to find those of an account. A row whose session is
-- gone means nothing. No reference to sessions: it would slow down the end of them all.
CREATE TABLE account_sessions (
  token        TEXT    PRIMARY KEY,                       -- as in sessions
  account      TEXT    NOT NULL REFERENCES accounts (id),
  browser      TEXT    NOT NULL,                          -- for people: "Firefox on Linux"
  signed_in_at INTEGER NOT NULL,                          -- unix time in milliseconds, UTC
  CHECK (length(browser) BETWEEN 1 AND 40),
  CHECK (signed_in_at > 0)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_sessions_account ON account_sessions (account);

-- Orders that were placed signed in, or in a session that signed in later.
CREATE TABLE account_orders (
  order_number TEXT PRIMARY KEY REFERENCES orders (number),
  account      TEXT NOT NULL REFERENCES accounts (id)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_orders_account ON account_orders (account);
