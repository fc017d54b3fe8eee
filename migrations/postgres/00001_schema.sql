-- +goose Up

-- The tables and views of sqlite/00001_schema.sql. Plain SQL, without triggers,
-- functions or extensions, so that what speaks PostgreSQL's protocol runs it too.

CREATE TABLE categories (
  slug     TEXT    PRIMARY KEY,  -- lower-case words joined by single hyphens, at most 40 bytes
  name     TEXT    NOT NULL,     -- for people, at most 80 characters
  position INTEGER NOT NULL,     -- order in the menu, lowest first
  CHECK (length(slug) <= 40 AND slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  CHECK (length(name) BETWEEN 1 AND 80)
);

CREATE TABLE products (
  sku         TEXT    PRIMARY KEY,            -- lower-case words joined by single hyphens, at most 40 bytes
  name        TEXT    NOT NULL,               -- for people
  description TEXT    NOT NULL,               -- for people, may be empty
  category    TEXT    NOT NULL REFERENCES categories (slug),
  price       BIGINT  NOT NULL,               -- minor units (cents) of EUR, for one unit
  stock       BIGINT  NOT NULL,               -- units that can be sold now
  position    INTEGER NOT NULL DEFAULT 1000,  -- order in the catalogue, lowest first
  withdrawn   BOOLEAN NOT NULL DEFAULT FALSE, -- TRUE: no longer sold, the page stays; FALSE: sold
  CHECK (length(sku) <= 40 AND sku ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  CHECK (name <> ''),
  CHECK (price >= 0),
  CHECK (stock >= 0)
);

CREATE INDEX products_category ON products (category, position, sku);

CREATE TABLE orders (
  number    TEXT    PRIMARY KEY,     -- 12 Crockford base32 characters, the last one a check
  cart_id   TEXT    NOT NULL UNIQUE, -- 26 base32 characters: the cart that became this order, one order per cart
  name      TEXT    NOT NULL,        -- of the buyer
  email     TEXT    NOT NULL,        -- of the buyer
  address   TEXT    NOT NULL,        -- of the buyer, may have several lines
  currency  TEXT    NOT NULL,        -- ISO 4217 code of every amount of this order
  quantity  INTEGER NOT NULL,        -- units, the sum over the lines
  total     BIGINT  NOT NULL,        -- minor units of currency, the sum of line_total over the lines
  placed_at BIGINT  NOT NULL,        -- unix time in milliseconds, UTC
  CHECK (number ~ '^[0-9A-HJKMNP-TV-Z]{12}$'),
  CHECK (cart_id ~ '^[a-z2-7]{26}$'),
  CHECK (length(name) BETWEEN 1 AND 80),
  CHECK (length(email) BETWEEN 3 AND 254 AND email LIKE '%_@_%'),
  CHECK (length(address) BETWEEN 5 AND 400),
  CHECK (currency ~ '^[A-Z]{3}$'),
  CHECK (quantity BETWEEN 1 AND 200),
  CHECK (total >= 0),
  CHECK (placed_at > 0)
);

-- A line copies what was sold: a later change of the product, or its removal,
-- leaves the order as it was. Hence no reference to products.
CREATE TABLE order_lines (
  order_number TEXT    NOT NULL REFERENCES orders (number),
  position     INTEGER NOT NULL, -- 1 is the first line
  sku          TEXT    NOT NULL, -- as in products when the order was placed
  name         TEXT    NOT NULL, -- as in products when the order was placed
  unit_price   BIGINT  NOT NULL, -- minor units of the order's currency
  quantity     INTEGER NOT NULL, -- units
  line_total   BIGINT  NOT NULL, -- minor units of the order's currency
  PRIMARY KEY (order_number, position),
  UNIQUE (order_number, sku),
  CHECK (position BETWEEN 1 AND 50),
  CHECK (sku <> '' AND name <> ''),
  CHECK (unit_price >= 0),
  CHECK (quantity BETWEEN 1 AND 20),
  CHECK (line_total = unit_price * quantity)
);

-- The columns are those of scs's postgresstore, which reads and writes this table.
-- data is TEXT rather than its BYTEA, so that people can read it. The CHECK keeps
-- out what the views below could not read.
CREATE TABLE sessions (
  token  TEXT COLLATE "C" PRIMARY KEY, -- base64url SHA-256 of the token in the cookie, never the token itself
  data   TEXT             NOT NULL,    -- JSON: {"v":1,"deadline":"...","values":{...}}
  expiry TIMESTAMPTZ      NOT NULL,    -- the session is over from then on
  CHECK (json_typeof(data::json) = 'object')
);

CREATE INDEX sessions_expiry ON sessions (expiry);

-- Sessions renewed or destroyed a moment ago. A request that was still on its way
-- with the old cookie is known by its row here and starts no second session.
CREATE TABLE ended_sessions (
  token    TEXT COLLATE "C" PRIMARY KEY, -- base64url SHA-256 of the token that ended
  ended_at BIGINT           NOT NULL,    -- unix time in milliseconds, UTC; the row is kept for about a minute
  renewed  SMALLINT         NOT NULL DEFAULT 0 CHECK (renewed IN (0, 1)) -- 1: it goes on under another token
);

-- For people: SELECT * FROM session_values. JSON may hold escapes that are no
-- text here, NUL and halves of characters; each is shown as U+FFFD, since one of
-- them would fail the whole query.
CREATE VIEW session_values (session, key, value, expires_at) AS
SELECT substr(s.token, 1, 12),
       v.key,
       CASE json_typeof(v.value) WHEN 'string' THEN v.value #>> '{}' ELSE v.value::text END,
       to_char(s.expiry AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')
FROM (
  SELECT token, expiry, regexp_replace(data, '\\u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '\\ufffd', 'g')::json AS doc
  FROM sessions
  WHERE expiry > current_timestamp
) AS s, json_each(CASE json_typeof(s.doc -> 'values') WHEN 'object' THEN s.doc -> 'values' ELSE '{}' END) AS v (key, value);

-- For people: SELECT * FROM session_carts. unit_price is in minor units of EUR
-- and is the price at which the line was added. What is no number is shown as NULL.
CREATE VIEW session_carts (session, sku, quantity, unit_price, expires_at) AS
SELECT substr(s.token, 1, 12),
       l.value ->> 'sku',
       CASE WHEN l.value ->> 'quantity' ~ '^[0-9]{1,18}$' THEN (l.value ->> 'quantity')::bigint END,
       CASE WHEN l.value ->> 'unit_price' ~ '^[0-9]{1,18}$' THEN (l.value ->> 'unit_price')::bigint END,
       to_char(s.expiry AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')
FROM (
  SELECT token, expiry, regexp_replace(data, '\\u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '\\ufffd', 'g')::json AS doc
  FROM sessions
  WHERE expiry > current_timestamp
) AS s, json_array_elements(CASE json_typeof(s.doc #> '{values,cart,lines}') WHEN 'array' THEN s.doc #> '{values,cart,lines}' ELSE '[]' END) AS l (value)
WHERE json_typeof(l.value) = 'object';
