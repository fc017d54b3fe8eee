// Package child runs the shop as a child process, for programs that measure it
// or show it. Tests have test/proctest.
package child

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// FreeAddr returns the address, host:port on loopback, of a port that is free.
func FreeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// Environ returns the environment without the shop's own variables.
func Environ() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TROLLEY_") })
}

// Ready waits until the shop at addr, host:port, serves.
func Ready(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for !healthy(ctx, addr) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not serve: %w", addr, ctx.Err())
		case <-time.After(5 * time.Millisecond):
		}
	}
	return nil
}

func healthy(ctx context.Context, addr string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/healthz", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// Stop has a started shop shut down, waits for it, and kills it after half a minute.
func Stop(process *exec.Cmd) {
	_ = process.Process.Signal(syscall.SIGTERM) // an error means that it is over
	killed := time.AfterFunc(30*time.Second, func() { _ = process.Process.Kill() })
	defer killed.Stop()
	_ = process.Wait()
}
