package groupcommit

import (
	"database/sql/driver"
	"io"
)

// buffer is the result of a query, read to its end before the connection is used
// for anything else. It keeps the values that Next hands out without copying
// them: the inner driver must hand out fresh memory, as modernc's does.
type buffer struct {
	names  []string
	values []driver.Value // row after row
	next   int            // index of the first value that is not read yet
	err    error          // after the last row: io.EOF, or what stopped the query
}

var _ driver.Rows = (*buffer)(nil)

// readAll reads rows to the end and closes them. It returns the error of the query;
// Next returns that of a later row.
func readAll(rows driver.Rows, err error) (*buffer, error) {
	if err != nil {
		return nil, err
	}
	b := &buffer{names: rows.Columns()}
	row := make([]driver.Value, len(b.names))
	for b.err == nil {
		if b.err = rows.Next(row); b.err == nil {
			b.values = append(b.values, row...)
		}
	}
	if err := rows.Close(); err != nil && b.err == io.EOF {
		b.err = err
	}
	return b, nil
}

func (b *buffer) Columns() []string { return b.names }

func (b *buffer) Close() error { return nil }

func (b *buffer) Next(dest []driver.Value) error {
	if b.next >= len(b.values) {
		return b.err
	}
	b.next += copy(dest, b.values[b.next:b.next+len(b.names)])
	return nil
}
