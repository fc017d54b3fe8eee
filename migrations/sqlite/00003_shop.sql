-- +goose Up

-- One row: which shop this is, and whether all of it is here.
CREATE TABLE shop (
  id     TEXT    PRIMARY KEY,        -- 32 random hex digits, drawn for the shop's first database; a move keeps it
  moving INTEGER NOT NULL DEFAULT 0, -- 1: a move into this database is not complete, and no shop starts on it; 0: all is here
  CHECK (length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*'),
  CHECK (moving IN (0, 1))
) STRICT;

INSERT INTO shop (id) VALUES (lower(hex(randomblob(16))));
