-- +goose Up

CREATE TABLE categories (
  slug     TEXT    PRIMARY KEY,  -- lower-case words joined by single hyphens, at most 40 bytes
  name     TEXT    NOT NULL,     -- for people, at most 80 characters
  position INTEGER NOT NULL,     -- order in the menu, lowest first
  CHECK (length(slug) BETWEEN 1 AND 40 AND slug NOT GLOB '*[^a-z0-9-]*'
         AND slug NOT GLOB '-*' AND slug NOT GLOB '*-' AND slug NOT GLOB '*--*'),
  CHECK (length(name) BETWEEN 1 AND 80)
) STRICT;

CREATE TABLE products (
  sku         TEXT    PRIMARY KEY,           -- lower-case words joined by single hyphens, at most 40 bytes
  name        TEXT    NOT NULL,              -- for people
  description TEXT    NOT NULL,              -- for people, may be empty
  category    TEXT    NOT NULL REFERENCES categories (slug),
  price       INTEGER NOT NULL,              -- minor units (cents) of EUR, for one unit
  stock       INTEGER NOT NULL,              -- units that can be sold now
  position    INTEGER NOT NULL DEFAULT 1000, -- order in the catalogue, lowest first
  withdrawn   INTEGER NOT NULL DEFAULT 0,    -- 1: no longer sold, the page stays; 0: sold
  CHECK (length(sku) BETWEEN 1 AND 40 AND sku NOT GLOB '*[^a-z0-9-]*'
         AND sku NOT GLOB '-*' AND sku NOT GLOB '*-' AND sku NOT GLOB '*--*'),
  CHECK (name <> ''),
  CHECK (price >= 0),
  CHECK (stock >= 0),
  CHECK (withdrawn IN (0, 1))
) STRICT;

CREATE INDEX products_category ON products (category, position, sku);

CREATE TABLE orders (
  number    TEXT    PRIMARY KEY,     -- 12 Crockford base32 characters, the last one a check
  cart_id   TEXT    NOT NULL UNIQUE, -- 26 base32 characters: the cart that became this order, one order per cart
  name      TEXT    NOT NULL,        -- of the buyer
  email     TEXT    NOT NULL,        -- of the buyer
  address   TEXT    NOT NULL,        -- of the buyer, may have several lines
  currency  TEXT    NOT NULL,        -- ISO 4217 code of every amount of this order
  quantity  INTEGER NOT NULL,        -- units, the sum over the lines
  total     INTEGER NOT NULL,        -- minor units of currency, the sum of line_total over the lines
  placed_at INTEGER NOT NULL,        -- unix time in milliseconds, UTC
  CHECK (length(number) = 12 AND number NOT GLOB '*[^0-9A-HJKMNP-TV-Z]*'),
  CHECK (length(cart_id) = 26 AND cart_id NOT GLOB '*[^a-z2-7]*'),
  CHECK (length(name) BETWEEN 1 AND 80),
  CHECK (length(email) BETWEEN 3 AND 254 AND email LIKE '%_@_%'),
  CHECK (length(address) BETWEEN 5 AND 400),
  CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
  CHECK (quantity BETWEEN 1 AND 200),
  CHECK (total >= 0),
  CHECK (placed_at > 0)
) STRICT;

-- A line copies what was sold: a later change of the product, or its removal,
-- leaves the order as it was. Hence no reference to products.
CREATE TABLE order_lines (
  order_number TEXT    NOT NULL REFERENCES orders (number),
  position     INTEGER NOT NULL, -- 1 is the first line
  sku          TEXT    NOT NULL, -- as in products when the order was placed
  name         TEXT    NOT NULL, -- as in products when the order was placed
  unit_price   INTEGER NOT NULL, -- minor units of the order's currency
  quantity     INTEGER NOT NULL, -- units
  line_total   INTEGER NOT NULL, -- minor units of the order's currency
  PRIMARY KEY (order_number, position),
  UNIQUE (order_number, sku),
  CHECK (position BETWEEN 1 AND 50),
  CHECK (sku <> '' AND name <> ''),
  CHECK (unit_price >= 0),
  CHECK (quantity BETWEEN 1 AND 20),
  CHECK (line_total = unit_price * quantity)
) STRICT;

-- The columns are those of scs's sqlite3store, which reads and writes this table.
CREATE TABLE sessions (
  token  TEXT PRIMARY KEY, -- base64url SHA-256 of the token in the cookie, never the token itself
  data   BLOB NOT NULL,    -- JSON: {"v":1,"deadline":"...","values":{...}}
  expiry REAL NOT NULL     -- Julian day, UTC: the session is over from then on
) STRICT;

CREATE INDEX sessions_expiry ON sessions (expiry);

-- Sessions renewed or destroyed a moment ago. A request that was still on its way
-- with the old cookie is known by its row here and starts no second session.
CREATE TABLE ended_sessions (
  token    TEXT    PRIMARY KEY, -- base64url SHA-256 of the token that ended
  ended_at INTEGER NOT NULL,    -- unix time in milliseconds, UTC; the row is kept for about a minute
  renewed  INTEGER NOT NULL DEFAULT 0 CHECK (renewed IN (0, 1)) -- 1: it goes on under another token
) STRICT, WITHOUT ROWID;

-- For people: SELECT * FROM session_values. The CASEs keep a row whose data is
-- not the expected JSON from failing the whole query.
CREATE VIEW session_values (session, key, value, expires_at) AS
SELECT substr(s.token, 1, 12),
       v.key,
       CASE v.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'null' THEN 'null' ELSE v.value END,
       datetime(s.expiry)
FROM (
  SELECT token, expiry, CASE WHEN json_valid(CAST(data AS TEXT)) THEN CAST(data AS TEXT) ELSE '{}' END AS doc
  FROM sessions
  WHERE expiry > julianday('now')
) AS s, json_each(CASE json_type(s.doc, '$.values') WHEN 'object' THEN s.doc ELSE '{}' END, '$.values') AS v;

-- For people: SELECT * FROM session_carts. unit_price is in minor units of EUR
-- and is the price at which the line was added.
CREATE VIEW session_carts (session, sku, quantity, unit_price, expires_at) AS
SELECT substr(s.token, 1, 12),
       CASE l.type WHEN 'object' THEN json_extract(l.value, '$.sku') END,
       CASE l.type WHEN 'object' THEN json_extract(l.value, '$.quantity') END,
       CASE l.type WHEN 'object' THEN json_extract(l.value, '$.unit_price') END,
       datetime(s.expiry)
FROM (
  SELECT token, expiry, CASE WHEN json_valid(CAST(data AS TEXT)) THEN CAST(data AS TEXT) ELSE '{}' END AS doc
  FROM sessions
  WHERE expiry > julianday('now')
) AS s, json_each(CASE json_type(s.doc, '$.values.cart.lines') WHEN 'array' THEN s.doc ELSE '{}' END, '$.values.cart.lines') AS l
WHERE l.type = 'object';
