package groupcommit

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

func Example() {
	dir, err := os.MkdirTemp("", "groupcommit")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	write, read, err := Open("file:"+filepath.Join(dir, "app.db")+"?_journal_mode=WAL&_synchronous=FULL&_busy_timeout=2000", Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer write.Close()
	defer read.Close()

	if _, err := write.Exec("CREATE TABLE visits (id INTEGER PRIMARY KEY, page TEXT NOT NULL) STRICT"); err != nil {
		fmt.Println(err)
		return
	}
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if _, err := write.Exec("INSERT INTO visits (page) VALUES (?)", "/"); err != nil {
				fmt.Println(err) // ErrBusy: answer 503
			}
		})
	}
	wg.Wait() // all of them are on disk

	var n int
	if err := read.QueryRow("SELECT count(*) FROM visits").Scan(&n); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(n, "visits")
	// Output: 100 visits
}
