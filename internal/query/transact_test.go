package query

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	_ "modernc.org/sqlite"
)

// database/sql rolls back when the context ends, and then says only that the transaction
// is over. The reason is what tells a shop that is busy from a mistake.
func TestATransactionThatItsContextEndedSaysSo(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", t.TempDir()+"/query.db")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, cancel := context.WithCancel(t.Context())
	err = Transact(ctx, db, func(_ context.Context, tx *sql.Tx) error {
		cancel()
		for {
			if _, err := tx.ExecContext(t.Context(), "SELECT 1"); errors.Is(err, sql.ErrTxDone) {
				return nil
			}
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context.Canceled", err)
	}
}
