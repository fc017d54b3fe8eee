package groupcommit

import (
	"database/sql/driver"
	"io"
	"reflect"
)

// typedRows passes on what the wrapped rows know of their columns; where they
// know nothing it answers what database/sql assumes then.
type typedRows struct{ driver.Rows }

func (r typedRows) ColumnTypeDatabaseTypeName(i int) string {
	if t, ok := r.Rows.(driver.RowsColumnTypeDatabaseTypeName); ok {
		return t.ColumnTypeDatabaseTypeName(i)
	}
	return ""
}

func (r typedRows) ColumnTypeScanType(i int) reflect.Type {
	if t, ok := r.Rows.(driver.RowsColumnTypeScanType); ok {
		return t.ColumnTypeScanType(i)
	}
	return reflect.TypeFor[any]()
}

func (r typedRows) ColumnTypeLength(i int) (int64, bool) {
	if t, ok := r.Rows.(driver.RowsColumnTypeLength); ok {
		return t.ColumnTypeLength(i)
	}
	return 0, false
}

func (r typedRows) ColumnTypeNullable(i int) (nullable, ok bool) {
	if t, ok := r.Rows.(driver.RowsColumnTypeNullable); ok {
		return t.ColumnTypeNullable(i)
	}
	return false, false
}

func (r typedRows) ColumnTypePrecisionScale(i int) (precision, scale int64, ok bool) {
	if t, ok := r.Rows.(driver.RowsColumnTypePrecisionScale); ok {
		return t.ColumnTypePrecisionScale(i)
	}
	return 0, 0, false
}

// buffer is the result of a query, read to its end before anybody else uses the
// connection. It keeps the values that Next hands out without copying them: the
// inner driver must hand out fresh memory, as modernc's does.
type buffer struct {
	names  []string
	types  []columnType
	values []driver.Value // row after row
	next   int            // index of the first value that is not read yet
	err    error          // after the last row: io.EOF, or what stopped the query
}

type columnType struct {
	name             string
	scan             reflect.Type
	length           int64
	hasLength        bool
	nullable, known  bool
	precision, scale int64
	hasPrecision     bool
}

// readAll reads rows to the end and closes them.
func readAll(rows driver.Rows) *buffer {
	b := &buffer{names: rows.Columns()}
	b.types = columnTypes(typedRows{rows}, len(b.names))
	row := make([]driver.Value, len(b.names))
	for b.err == nil {
		if b.err = rows.Next(row); b.err == nil {
			b.values = append(b.values, row...)
		}
	}
	if err := rows.Close(); err != nil && b.err == io.EOF {
		b.err = err
	}
	return b
}

func columnTypes(rows typedRows, n int) []columnType {
	types := make([]columnType, n)
	for i := range types {
		t := &types[i]
		t.name, t.scan = rows.ColumnTypeDatabaseTypeName(i), rows.ColumnTypeScanType(i)
		t.length, t.hasLength = rows.ColumnTypeLength(i)
		t.nullable, t.known = rows.ColumnTypeNullable(i)
		t.precision, t.scale, t.hasPrecision = rows.ColumnTypePrecisionScale(i)
	}
	return types
}

func (b *buffer) Columns() []string { return b.names }

func (b *buffer) Close() error { return nil }

func (b *buffer) Next(dest []driver.Value) error {
	if b.next >= len(b.values) {
		return b.err
	}
	copy(dest, b.values[b.next:b.next+len(b.names)])
	b.next += len(b.names)
	return nil
}

func (b *buffer) ColumnTypeDatabaseTypeName(i int) string { return b.types[i].name }

func (b *buffer) ColumnTypeScanType(i int) reflect.Type { return b.types[i].scan }

func (b *buffer) ColumnTypeLength(i int) (int64, bool) {
	return b.types[i].length, b.types[i].hasLength
}

func (b *buffer) ColumnTypeNullable(i int) (nullable, ok bool) {
	return b.types[i].nullable, b.types[i].known
}

func (b *buffer) ColumnTypePrecisionScale(i int) (precision, scale int64, ok bool) {
	return b.types[i].precision, b.types[i].scale, b.types[i].hasPrecision
}
