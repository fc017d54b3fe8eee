package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"trolley/test/proctest"
)

// environment is what a line ENV of the Containerfile sets.
var environment = regexp.MustCompile(`(?m)^ENV (\S+)$`)

// In an empty folder, as the user and with the environment of the container, the static
// program sells, keeps its database in /data, passes its health check and stops.
func TestShopNeedsNothingInItsContainer(t *testing.T) {
	t.Parallel()
	proctest.NeedRoot(t)
	file, err := os.ReadFile("../../docs/Containerfile")
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", filepath.Join(root, "trolley"), "trolley/cmd/web")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data := filepath.Join(root, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(data, 1000, 1000); err != nil {
		t.Fatal(err)
	}
	inside := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), "/trolley", args...)
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 1000, Gid: 1000}}
		for _, set := range environment.FindAllStringSubmatch(string(file), -1) {
			cmd.Env = append(cmd.Env, set[1])
		}
		// Ports that other tests do not use.
		cmd.Env = append(cmd.Env, "TROLLEY_ADDR=127.0.0.1:0", "TROLLEY_METRICS_ADDR=unix:/data/metrics.sock")
		return cmd
	}
	if err := inside("-check").Run(); err == nil {
		t.Error("the check finds a shop where there is none")
	}
	shop := inside()
	var log proctest.Output
	shop.Stdout, shop.Stderr = &log, &log
	if err := shop.Start(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(proctest.Patience); inside("-check").Run() != nil; {
		if time.Now().After(end) {
			t.Fatalf("the shop is not ready\n%s", log.String())
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := shop.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := shop.Wait(); err != nil || !strings.Contains(log.String(), `"msg":"stopped"`) {
		t.Errorf("%v\n%s", err, log.String())
	}
	if left, err := os.ReadDir(data); err != nil || len(left) != 1 || left[0].Name() != "trolley.db" {
		t.Errorf("/data holds %v (%v)", left, err)
	}
}
