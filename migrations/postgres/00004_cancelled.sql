-- +goose Up

-- Unix time in milliseconds, UTC, when the shop cancelled the order; 0: it stands.
ALTER TABLE orders ADD COLUMN cancelled_at BIGINT NOT NULL DEFAULT 0 CHECK (cancelled_at >= 0);

CREATE INDEX orders_placed ON orders (placed_at);
