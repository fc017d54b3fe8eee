package faults

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

func TestReadOnlyDiskIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	d := newDisk(t, "64M")
	s := plenty(t, proctest.Trolley, d.db())
	cookie := s.begin(t)
	s.Stop(t)
	command(t, "mount", "-o", "remount,ro", d.dir)
	wantRefusal(t, d.db(), d.db(), "cannot be written")
	command(t, "mount", "-o", "remount,rw", d.dir)
	s = start(t, d.db())
	if cart := s.cart(t, cookie); cart["thing-1"] != 1 {
		t.Errorf("the cart is now %v", cart)
	}
}

func TestImmutableFileIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	needRoot(t, "chattr")
	d := newDisk(t, "64M")
	s := plenty(t, proctest.Trolley, d.db())
	s.Stop(t)
	command(t, "chattr", "+i", d.db())
	wantRefusal(t, d.db(), d.db(), "cannot be written")
	command(t, "chattr", "-i", d.db())
	start(t, d.db()).begin(t)
}

// After an error on the disk, ext4 turns read-only under all that have files open.
func TestDiskThatTurnsReadOnly(t *testing.T) {
	t.Parallel()
	needRoot(t, "e2fsck")
	d := newDisk(t, "64M")
	s := plenty(t, proctest.Trolley, d.db())
	settle(t, d)
	var l ledger
	stop := make(chan struct{})
	wait := l.visit(t, s, 4, stop)
	cookie := s.begin(t)
	l.reach(t, 50)
	// Nobody writes at that very moment: ext4's fsync has been seen to say that
	// all is well while the error turns its journal off.
	close(stop)
	wait()
	d.failOnce(t)
	for n := 46; n <= 48; n++ {
		l.add(t.Context(), s, cookie, "thing-"+strconv.Itoa(n), 1)
	}
	s.wantPages(t, cookie)
	s.wantRefused(t, cookie)
	l.wantAnswers(t)
	if refused, _ := l.summary(); refused == 0 {
		t.Error("adds are taken on a read-only disk")
	}
	s.Kill()

	d.unmount(t)
	d.repair(t)
	d.mountAgain(t)
	s = start(t, d.db())
	blackbox.WantWhole(t, s.DB)
	l.wantKept(t, s)
}

// failOnce has the file system find an error in itself.
func (d *disk) failOnce(t testing.TB) {
	t.Helper()
	device := d.device(t)
	trigger := filepath.Join("/sys/fs/ext4", filepath.Base(device), "trigger_fs_error")
	if err := os.WriteFile(trigger, []byte("a test"), 0o200); err != nil {
		proctest.NotTested(t, "the file system cannot be made to fail: %v", err)
	}
}
