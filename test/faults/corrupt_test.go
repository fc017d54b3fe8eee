package faults

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

const pageBytes = 4096

// overwrite changes bytes of a file that nobody has open.
func overwrite(t testing.TB, path string, at int64, with []byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(with, at); err != nil {
		t.Fatal(err)
	}
}

var garbage = bytes.Repeat([]byte("garbage "), 64)

// stopped makes a database with a cart in it, and returns the cart's session.
func stopped(t testing.TB) (db, cookie string) {
	t.Helper()
	s := plenty(t, proctest.Trolley, blackbox.NewDB(t))
	cookie = s.begin(t)
	s.Stop(t)
	return s.DB, cookie
}

func TestDamagedPageIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	db, _ := stopped(t)
	root := blackbox.Count(t, db, "SELECT rootpage FROM sqlite_schema WHERE name = 'products'")
	overwrite(t, db, int64(root-1)*pageBytes, garbage)
	wantRefusal(t, db, "damaged", "backup", db+"-wal")
}

func TestTruncatedFileIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	db, _ := stopped(t)
	info, err := os.Stat(db)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(db, info.Size()/2); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, db, "damaged", "backup")
}

// What is no write-ahead log of SQLite's is not applied, and nothing is lost.
func TestGarbageForALogIsIgnored(t *testing.T) {
	t.Parallel()
	db, cookie := stopped(t)
	overwrite(t, db+"-wal", 0, garbage)
	s := start(t, db)
	if cart := s.cart(t, cookie); cart["thing-1"] != 1 {
		t.Errorf("the cart is now %v", cart)
	}
	s.begin(t)
	blackbox.WantWhole(t, db)
}

// A large file is not read from end to end before the shop opens. Where a page of
// it is damaged, those whose carts were on it are told to come back; others are
// served, and the file is left to be repaired.
func TestDamageInALargeFileIsTheirsWhomItHits(t *testing.T) {
	t.Parallel()
	db, cookie := stopped(t)
	// The sessions of others, of which about four are on a page.
	fill(t, db, 40_000, `printf('%043d', i), CAST(printf('{"v":1,"filler":"%01000d"}', i) AS BLOB), 9e6`)
	s := start(t, db)
	others := s.begin(t)
	s.Stop(t)
	damageSessionOf(t, db, fmt.Sprintf(`"filler":"%01000d"`, 1)) // beside the first cart
	s = start(t, db)
	if a := s.get(t, "/cart", cookie); !a.IsRefused() {
		t.Errorf("a cart on a damaged page: status %d, %v\n%s", a.Status, a.Err, a.Body)
	}
	s.get(t, "/", "").Want(t, http.StatusOK)
	s.wantPages(t, others)
	if cart := s.cart(t, others); cart["thing-1"] != 1 {
		t.Errorf("the cart of others is %v", cart)
	}
	s.begin(t)
}

// damageSessionOf overwrites the page on which a text is.
func damageSessionOf(t testing.TB, db, text string) {
	t.Helper()
	file, err := os.ReadFile(db)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(file, []byte(text))
	if at < 0 {
		t.Fatalf("%s has no %.40s", db, text)
	}
	overwrite(t, db, int64(at/pageBytes*pageBytes), garbage)
}
