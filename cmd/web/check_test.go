package main

import (
	"path/filepath"
	"strings"
	"testing"

	"trolley/internal/shop"
	"trolley/internal/web"
	"trolley/test/shoptest"
	"trolley/tools/child"
	"trolley/ui"
)

// The health check of a container reaches the shop wherever its flags have it listen.
func TestCheckAsksTheShopThatRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key, socket := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), "unix:"+filepath.Join(dir, "socket")
	certify(t, 1, cert, key)
	port, err := child.FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]config{
		"metrics":     {addr: "127.0.0.1:0", metricsAddr: port, opsAddr: "127.0.0.1:0"},
		"inspector":   {addr: "127.0.0.1:0", opsAddr: socket},
		"shop":        {addr: socket, baseURL: "https://shop.example"},
		"shop by TLS": {addr: port, tlsCert: cert, tlsKey: key},
	} {
		c.maxConnections = 8
		ask := func(isReady bool, says string) {
			t.Helper()
			var out strings.Builder
			err := askReady(t.Context(), c, &out)
			if err != nil {
				out.WriteString(err.Error())
			}
			if (err == nil) != isReady || !strings.Contains(out.String(), says) {
				t.Errorf("%s: %q (%v), want it ready: %v, and %q", name, &out, err, isReady, says)
			}
		}
		ask(false, "not ready")
		l, err := listen(c)
		if err != nil {
			t.Fatal(err)
		}
		site, err := web.New(ui.Files, web.Options{BaseURL: c.baseURL, Log: shoptest.Discard(), Problem: shop.Explain})
		if err != nil {
			t.Fatal(err)
		}
		pair, err := loadCertificate(c.tlsCert, c.tlsKey, site.Log)
		if err != nil {
			t.Fatal(err)
		}
		f := newFront(c, l, site, pair, func(err error) { t.Error(err) })
		f.wait("the database is away")
		if knowsReadiness := c.opsAddr != ""; knowsReadiness {
			ask(false, "not ready: the database is away")
		}
		site.SetReadiness(web.Unready(""))
		ask(true, "")
		if err := f.stop(0); err != nil {
			t.Error(err)
		}
		l.close()
	}
}
