package groupcommit_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"modernc.org/sqlite"

	"trolley/groupcommit"
)

func Example() {
	dir, err := os.MkdirTemp("", "groupcommit")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	dsn := "file:" + filepath.Join(dir, "app.db") + "?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=2000"
	inner, err := sqlite.NewConnector(dsn)
	if err != nil {
		fmt.Println(err)
		return
	}

	writes := sql.OpenDB(groupcommit.Connector(inner, groupcommit.Options{}))
	writes.SetMaxIdleConns(256) // virtual connections cost nothing; never limit MaxOpenConns
	defer writes.Close()
	reads := sql.OpenDB(groupcommit.Cached(inner, 64))
	reads.SetMaxOpenConns(4)
	defer reads.Close()

	if _, err := writes.Exec("CREATE TABLE visits (id INTEGER PRIMARY KEY, page TEXT NOT NULL) STRICT"); err != nil {
		fmt.Println(err)
		return
	}
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if _, err := writes.Exec("INSERT INTO visits (page) VALUES (?)", "/"); err != nil {
				fmt.Println(err) // groupcommit.ErrBusy: answer 503
			}
		})
	}
	wg.Wait() // all of them are on disk

	var n int
	if err := reads.QueryRow("SELECT count(*) FROM visits").Scan(&n); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(n, "visits")
	// Output: 100 visits
}
