package faults

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"trolley/test/proctest"
)

// disk is a file system of its own on a loop device.
type disk struct {
	image, options string
	dir            string // where it is mounted
}

// needRoot is for a test that mounts a file system, or changes one.
func needRoot(t testing.TB, tools ...string) {
	t.Helper()
	proctest.NeedRoot(t)
	proctest.Need(t, tools...)
}

// newDisk makes and mounts an ext4 file system. Its journal is committed when a
// program asks for it and hardly ever else, so that little reaches the disk by
// itself; after an error of its own it turns read-only.
func newDisk(t testing.TB, size string) *disk {
	t.Helper()
	needRoot(t, "mkfs.ext4", "mount", "umount", "truncate")
	d := &disk{image: filepath.Join(t.TempDir(), "image"), dir: filepath.Join(t.TempDir(), "disk"), options: "loop,commit=300,errors=remount-ro"}
	command(t, "truncate", "-s", size, d.image)
	command(t, "mkfs.ext4", "-q", "-m", "0", d.image)
	if err := os.Mkdir(d.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := d.mount(); err != nil {
		proctest.NotTested(t, "root cannot mount a file system: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", d.dir).Run() }) // it may be unmounted
	return d
}

// newTmpfs mounts a file system in memory.
func newTmpfs(t testing.TB, size string) *disk {
	t.Helper()
	needRoot(t, "mount", "umount")
	d := &disk{dir: t.TempDir()}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "none", d.dir).CombinedOutput(); err != nil {
		proctest.NotTested(t, "root cannot mount a file system: %s", out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", d.dir).Run() })
	return d
}

func (d *disk) mount() (out string, err error) {
	text, err := exec.Command("mount", "-o", d.options, d.image, d.dir).CombinedOutput()
	return string(text), err
}

func (d *disk) unmount(t testing.TB) {
	t.Helper()
	command(t, "umount", d.dir)
}

// mountAgain mounts what was unmounted; ext4 replays its journal.
func (d *disk) mountAgain(t testing.TB) {
	t.Helper()
	if out, err := d.mount(); err != nil {
		t.Fatalf("mount: %v\n%s", err, out)
	}
}

func (d *disk) db() string { return filepath.Join(d.dir, "trolley.db") }

// cutPower stops the file system at once, with all that it has not yet written
// to its device: nothing reaches that any more, not even at umount. It is what
// the kernel's own tests of file systems use, EXT4_IOC_SHUTDOWN without a flush
// of the journal: https://docs.kernel.org/filesystems/ext4/
func (d *disk) cutPower(t testing.TB) {
	t.Helper()
	const shutdown, withoutFlush = 0x8004587d, 2
	f, err := os.Open(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	how := uint32(withoutFlush)
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), shutdown, uintptr(unsafe.Pointer(&how))); errno != 0 {
		t.Fatalf("shut the file system down: %v", errno)
	}
}

// fill takes all the space that is left, and returns how to give it back.
func (d *disk) fill(t testing.TB) (free func()) {
	t.Helper()
	path := filepath.Join(d.dir, "filler")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for size := 1 << 20; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
	}
	_ = f.Sync() // which may be what says that the disk is full
	return func() {
		if err := os.Remove(path); err != nil {
			t.Error(err)
		}
	}
}

// fillBut is fill that leaves so many pages.
func (d *disk) fillBut(t testing.TB, pages int) (free func()) {
	t.Helper()
	free = d.fill(t)
	path := filepath.Join(d.dir, "filler")
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, info.Size()-int64(pages*pageBytes))
	}
	if err != nil {
		t.Fatal(err)
	}
	return free
}

func command(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// device is the loop device on which the file system is.
func (d *disk) device(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("/proc/mounts")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[1] == d.dir {
			return fields[0]
		}
	}
	t.Fatalf("%s is not mounted", d.dir)
	return ""
}

// repair does what is done at the start of a machine: it replays the journal and
// mends what is harmless to mend.
func (d *disk) repair(t testing.TB) {
	t.Helper()
	const mended = 1 // e2fsck's exit code
	err := exec.Command("e2fsck", "-p", d.image).Run()
	if failed := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &failed) || failed.ExitCode() != mended) {
		t.Fatalf("e2fsck: %v", err)
	}
}
