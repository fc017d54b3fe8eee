package faults

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"trolley/test/blackbox"
)

// attackerArg makes the test's program an attacker. Its arguments are the name of an
// attack, the URL of the shop and the number of connections. The attacker is another
// process: in the test's, the good client would wait behind 20,000 requests of it.
const attackerArg = "attacker"

func init() {
	if len(os.Args) == 5 && os.Args[1] == attackerArg {
		attackUntilEOF(os.Args[2], os.Args[3], os.Args[4])
		os.Exit(0)
	}
}

// attackUntilEOF attacks until its input ends, and prints how often it did.
func attackUntilEOF(name, url, clients string) {
	transport := &http.Transport{MaxIdleConnsPerHost: 256, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	s := &shop{&blackbox.Shop{URL: url, Client: &http.Client{
		Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}}
	ctx, stop := context.WithCancel(context.Background())
	var attempts atomic.Int64
	var crowd sync.WaitGroup
	n, _ := strconv.Atoi(clients)
	for range n {
		crowd.Go(func() {
			for ctx.Err() == nil {
				attacks[name](ctx, s, attempts.Add(1))
			}
		})
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	stop()
	crowd.Wait()
	fmt.Print(attempts.Load())
}

// beginAttack starts an attacker. stop ends it, and returns how often it attacked.
func (s *shop) beginAttack(t *testing.T, name string, clients int) (stop func() string) {
	t.Helper()
	var said bytes.Buffer
	command := exec.CommandContext(t.Context(), os.Args[0], attackerArg, name, s.URL, strconv.Itoa(clients))
	command.Env = append(os.Environ(), "GOMAXPROCS=1") // the other processor is the shop's
	command.Stdout, command.Stderr = &said, os.Stderr
	input, err := command.StdinPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return func() string {
		input.Close()
		if err := command.Wait(); err != nil {
			t.Errorf("the attacker: %v", err)
		}
		return said.String()
	}
}
