package move

import (
	"context"
	"slices"
)

// Progress is how far a move has come.
type Progress struct {
	Stage       Stage
	Done, Total int64 // rows; of a check, orders and sessions
}

// Stage is a stage of a move.
type Stage string

// The stages, in their order. Until the first one is over nothing is written,
// and until the last one is, no shop starts on the target.
const (
	Checking  Stage = "checking the source" // whether it keeps its promises
	Copying   Stage = "copying"
	Comparing Stage = "comparing"
	Proving   Stage = "checking the target" // as the source
	Finishing Stage = "finishing"           // the target is good, and becomes a shop next
)

func (m *mover) enter(s Stage, total int64) {
	m.stage = Progress{Stage: s, Total: total}
	m.advance(0)
}

// advance tells that so many more rows are done.
func (m *mover) advance(rows int) {
	m.stage.Done += int64(rows)
	if m.tell != nil {
		m.tell(m.stage)
	}
}

func (m *mover) countTables(ctx context.Context) error {
	for _, t := range tables() {
		n, err := count(ctx, m.from.DB, t.name)
		if err != nil {
			return err
		}
		m.moved.Tables = append(m.moved.Tables, Table{t.name, int64(n)})
	}
	return nil
}

// rows is how many rows the tables of these names have, or all.
func (m *mover) rows(names ...string) (n int64) {
	for _, t := range m.moved.Tables {
		if len(names) == 0 || slices.Contains(names, t.Name) {
			n += t.Rows
		}
	}
	return n
}
