package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"trolley/internal/web"
)

// askReady asks the shop that runs with the same flags whether it is ready: on
// -metrics-addr, else on -ops-addr, else its /healthz. It prints what the shop says, and
// returns that as an error where the shop is not ready.
func askReady(ctx context.Context, c config, stdout io.Writer) error {
	address, url := cmp.Or(c.metricsAddr, c.opsAddr), "http://localhost/readyz"
	switch {
	case address == "" && c.tlsCert != "":
		address, url = c.addr, "https://localhost/healthz"
	case address == "":
		address, url = c.addr, "http://localhost/healthz"
	}
	network := "tcp"
	if path, ok := strings.CutPrefix(address, unixPrefix); ok {
		network, address = "unix", path
	}
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // it asks this machine, and sends nothing
	}
	ctx, cancel := context.WithTimeout(ctx, web.HandleTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return fmt.Errorf("not ready: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1000))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = errors.New(strings.TrimSpace(string(text)))
	}
	if err == nil {
		_, err = stdout.Write(text)
	}
	return err
}
