-- +goose Up

-- One row: which shop this is, and whether all of it is here.
CREATE TABLE shop (
  id     TEXT    PRIMARY KEY,            -- 32 random hex digits, drawn for the shop's first database; a move keeps it
  moving BOOLEAN NOT NULL DEFAULT FALSE, -- TRUE: a move into this database is not complete, and no shop starts on it; FALSE: all is here
  CHECK (id ~ '^[0-9a-f]{32}$')
);

INSERT INTO shop (id) VALUES (replace(gen_random_uuid()::text, '-', ''));
