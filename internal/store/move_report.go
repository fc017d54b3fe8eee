package store

import (
	"context"
	"fmt"
	"slices"
)

func (m *mover) enter(s MoveStage, total int64) {
	m.stage = MoveProgress{Stage: s, Total: total}
	m.advance(0)
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

// advance tells that so many more rows are done.
func (m *mover) advance(rows int) {
	m.stage.Done += int64(rows)
	if m.tell != nil {
		m.tell(m.stage)
	}
}

func (m *mover) countTables(ctx context.Context) error {
	for _, t := range movedTables() {
		n, err := m.from.countRows(ctx, t.name)
		if err != nil {
			return fmt.Errorf("count %s: %w", t.name, err)
		}
		m.moved.Tables = append(m.moved.Tables, MovedTable{t.name, int64(n)})
	}
	return nil
}

// verify refuses a database that breaks a promise, and keeps which.
func (m *mover) verify(ctx context.Context, s *Store, looks []look) error {
	s.looked = m.advance
	err := s.look(ctx, looks, func(c Check) {
		if c.Wrong > 0 {
			m.moved.Checks = append(m.moved.Checks, c)
		}
	})
	if err == nil && len(m.moved.Checks) > 0 {
		err = ErrBroken
	}
	return err
}
