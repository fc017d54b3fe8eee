//go:build unix

package pgtest

import (
	"os"
	"os/exec"
	osuser "os/user"
	"strconv"
	"syscall"
)

// asServer has cmd run in a process group of its own, which a Ctrl-C does not
// reach, and not as root, as whom PostgreSQL refuses to run.
func asServer(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if uid, gid, ok := serverUser(); ok {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	}
}

// give makes the directory the server's.
func give(dir string) error {
	if uid, gid, ok := serverUser(); ok {
		return os.Chown(dir, int(uid), int(gid))
	}
	return nil
}

// serverUser returns the user postgres where the tests run as root.
func serverUser() (uid, gid uint32, ok bool) {
	u, err := osuser.Lookup("postgres")
	if err != nil || os.Geteuid() != 0 {
		return 0, 0, false
	}
	id, _ := strconv.ParseUint(u.Uid, 10, 32)
	group, _ := strconv.ParseUint(u.Gid, 10, 32)
	return uint32(id), uint32(group), true
}
