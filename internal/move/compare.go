package move

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"trolley/internal/query"
)

// errDiffers reports a row that is not the same on both sides.
var errDiffers = errors.New("the databases differ")

// compareTables finds out whether every row of the source is the same in the target,
// and whether the target has no others. It sorts nothing, since each database has its
// own order: it looks each batch up by its keys, and counts the rows.
func (m *mover) compareTables(ctx context.Context) error {
	for _, t := range tables() {
		n := 0
		err := t.batches(ctx, m.from.DB, func(rows []row) error {
			n += len(rows)
			m.advance(len(rows))
			return t.compare(ctx, m.to.Write, rows)
		})
		if err != nil {
			return err
		}
		there, err := count(ctx, m.to.Write, t.name)
		if err != nil {
			return err
		}
		if there != n {
			return fmt.Errorf("%w: %s has %d rows in the source and %d in the target", errDiffers, t.name, n, there)
		}
	}
	return nil
}

// compare finds out whether each of the rows is the same in the target.
func (t table) compare(ctx context.Context, to query.Querier, rows []row) error {
	found, err := t.lookUp(ctx, to, rows)
	if err != nil {
		return fmt.Errorf("read %s of the target: %w", t.name, err)
	}
	columns := t.columns()
	for _, r := range rows {
		other, ok := found[t.id(r)]
		if !ok {
			return fmt.Errorf("%w: the target lacks row %s of %s", errDiffers, t.label(r), t.name)
		}
		for i, c := range columns {
			if r[i] != other[i] {
				return fmt.Errorf("%w: in row %s of %s, %s is another one in the target", errDiffers, t.label(r), t.name, c)
			}
		}
	}
	return nil
}

// lookUp returns the target's rows that have the first column in common with
// rows, by id. Rows of one key stand together, so that these are hardly more.
func (t table) lookUp(ctx context.Context, q query.Querier, rows []row) (map[string]row, error) {
	var firsts []any
	for _, r := range rows {
		firsts = append(firsts, r[0])
	}
	firsts = slices.Compact(firsts)
	read, err := t.read(ctx, q, t.selectAll()+" WHERE "+t.columns()[0]+" IN ("+query.Params(len(firsts))+")", firsts...)
	found := make(map[string]row, len(read))
	for _, r := range read {
		found[t.id(r)] = r
	}
	return found, err
}
