package faults

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// aside is what a harm moves out of the way, so that what the shop saves can be found.
const aside = ".aside"

// other is a file of another shop, which has another content.
const other = ".other"

// harms are what can be done to a file of the database.
var harms = map[string]func(path string) error{
	"removed": func(path string) error { return os.Rename(path, path+aside) },
	"replaced": func(path string) error {
		if err := os.Rename(path, path+aside); err != nil {
			return err
		}
		return copyFile(path+aside, path)
	},
	"emptied":     func(path string) error { return os.Truncate(path, 0) },
	"cut":         func(path string) error { return os.Truncate(path, 4096) },
	"overwritten": func(path string) error { return copyFile(path+other, path) },
	"linked":      func(path string) error { return os.Link(path, path+aside) },
}

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o600)
}

// The database is three files. Whatever happens to one of them is noticed: nothing that
// was acknowledged is lost as long as it is in a file that is still open, and no backup
// is made of a part.
func TestHarmToAnyFileOfTheDatabaseLosesNothing(t *testing.T) {
	t.Parallel()
	another := plenty(t, proctest.Quick, blackbox.NewDB(t))
	kept := another.begin(t)
	another.Stop(t)
	another = start(t, another.DB)
	another.begin(t)
	another.Kill()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		for name, harm := range harms {
			if suffix == "-shm" && name == "overwritten" {
				continue // by then the system has ended the program
			}
			t.Run(name+" db"+suffix, func(t *testing.T) {
				t.Parallel()
				s := plenty(t, proctest.Quick, blackbox.NewDB(t))
				if err := copyFile(another.DB+suffix, s.DB+suffix+other); err != nil {
					t.Fatal(err)
				}
				var l ledger
				stop := make(chan struct{})
				wait := l.visit(t, s, 2, stop)
				l.reach(t, 20)
				s.Signal(t, syscall.SIGSTOP) // it has no time to notice
				acked := l.acked.Load()
				if err := harm(s.DB + suffix); err != nil {
					t.Fatal(err)
				}
				backup, made := filepath.Join(t.TempDir(), "backup.db"), false
				changed := name == "emptied" || name == "cut" || name == "overwritten"
				switch {
				case suffix == "-shm" && changed:
					s.Never = nil // the system ends a program of whose mapped memory a part is cut off
				case suffix == "" && name == "overwritten": // a backup knows no other content
				default:
					made = tryBackup(t, s.DB, backup)
				}
				s.Signal(t, syscall.SIGCONT)
				if name == "linked" {
					l.reach(t, acked+20)
					eventually(t, "the shop warns", func() bool { return strings.Contains(s.Stderr.String(), "another name") })
					s.Kill()
				} else if code := s.Exit(t); code == 0 {
					t.Error("the shop ends as if nothing had been")
				}
				close(stop)
				wait()
				if made {
					wantAdds(t, backup, acked)
				} else if name == "linked" {
					t.Error("no backup is made of a healthy shop")
				}
				switch {
				case suffix == "" && name == "emptied":
					wantRefusal(t, s.DB, "no byte")
					return
				case suffix == "" && name == "cut":
					wantRefusal(t, s.DB, "is damaged")
					return
				case suffix == "" && name == "overwritten": // by a backup: what was there before is not mixed into it
					again := start(t, s.DB)
					blackbox.WantWhole(t, s.DB)
					if cart := again.cart(t, kept); cart["thing-1"] != 1 {
						t.Errorf("the content that was put there had a cart, which is now %v", cart)
					}
					return
				case suffix == "-wal" && changed: // with it, what had not been moved
					start(t, s.DB)
					blackbox.WantWhole(t, s.DB)
					return
				case name == "linked":
					wantRefusal(t, s.DB, "another name")
				}
				if suffix == "" && name != "linked" { // put back what the shop had open
					if err := os.Rename(s.DB+aside, s.DB); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.Remove(s.DB + suffix + aside); err != nil && name == "linked" {
					t.Fatal(err)
				}
				l.wantKept(t, start(t, s.DB))
				blackbox.WantWhole(t, s.DB)
			})
		}
	}
}

// tryBackup reports whether a backup of db was made.
func tryBackup(t *testing.T, db, to string) bool {
	t.Helper()
	p := proctest.Start(t, proctest.Command{Build: proctest.Admin, Args: []string{"-db", db, "backup", to}})
	return p.Exit(t) == 0
}

// wantAdds fails the test unless the carts of db have a line for each add, at least.
func wantAdds(t *testing.T, db string, adds int64) {
	t.Helper()
	if got := blackbox.Count(t, db, "SELECT COUNT(*) FROM session_carts"); int64(got) < adds {
		t.Errorf("%d adds were acknowledged, and the backup has %d", adds, got)
	}
}

// A start makes nothing new of what is left of a shop.
func TestAStartMakesNothingNewOfWhatWasThere(t *testing.T) {
	t.Parallel()
	killed := plenty(t, proctest.Quick, blackbox.NewDB(t))
	killed.begin(t)
	killed.Kill()
	empty := func(db string) error { return os.Truncate(db, 0) }
	for name, c := range map[string]struct {
		harm func(db string) error
		says string
	}{
		"the database is gone":    {os.Remove, "without its database"},
		"the database is emptied": {empty, "no byte"},
		"an empty file is left": {func(db string) error {
			return errors.Join(empty(db), os.Remove(db+"-wal"), os.Remove(db+"-shm"))
		}, "no byte"},
		"the log is gone":    {func(db string) error { return os.Remove(db + "-wal") }, "put the -wal back"},
		"the log is emptied": {func(db string) error { return os.Truncate(db+"-wal", 0) }, "0 can be read"},
		"the log is cut":     {func(db string) error { return os.Truncate(db+"-wal", 9000) }, "2 can be read"},
		"a page of the log is another": {func(db string) error {
			log, err := os.OpenFile(db+"-wal", os.O_RDWR, 0)
			if err != nil {
				return err
			}
			_, err = log.WriteAt([]byte("another"), 9000)
			return errors.Join(err, log.Close())
		}, "2 can be read"},
		"a link leads to where the database went alone": {func(db string) error {
			return errors.Join(os.Rename(db, db+aside), os.Symlink(db+aside, db))
		}, "stands next to a link"},
		"a link to nothing is left": {func(db string) error {
			return errors.Join(os.Remove(db), os.Symlink("elsewhere.db", db))
		}, "a link to a file that is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := blackbox.NewDB(t)
			for _, suffix := range []string{"", "-wal", "-shm"} {
				if err := copyFile(killed.DB+suffix, db+suffix); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.harm(db); err != nil {
				t.Fatal(err)
			}
			before := listing(t, filepath.Dir(db))
			wantRefusal(t, db, c.says)
			if after := listing(t, filepath.Dir(db)); after != before {
				t.Errorf("the folder held\n%sand holds\n%s", before, after)
			}
		})
	}
}

// listing returns the names, modes and sizes of the files in a folder.
func listing(t *testing.T, folder string) (lines string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		lines += fmt.Sprintln(e.Name(), info.Mode(), info.Size())
	}
	if err != nil {
		t.Fatal(err)
	}
	return lines
}
