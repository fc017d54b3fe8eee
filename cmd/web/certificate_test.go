package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trolley/test/shoptest"
)

// certify writes a new certificate and its key, or only one of them.
func certify(t *testing.T, serial int64, cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	made := &x509.Certificate{SerialNumber: big.NewInt(serial), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, made, made, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if path == "" {
			continue
		}
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		at := time.Unix(serial, 0) // clocks of file systems may be coarse
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
}

// A renewed certificate is served from the next handshake on. One that does not fit its
// key, or is gone, keeps the old one, and the log says so once.
func TestRenewedCertificateIsServed(t *testing.T) {
	t.Parallel()
	dir, log := t.TempDir(), &shoptest.Journal{}
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certify(t, 1, cert, key)
	c, err := loadCertificate(cert, key, newLogger("text", slog.LevelInfo, log))
	if err != nil {
		t.Fatal(err)
	}
	want := func(serial int64, warnings int) {
		t.Helper()
		for range 3 {
			pair, err := c.get(nil)
			if err != nil || pair.Leaf.SerialNumber.Int64() != serial {
				t.Errorf("served: %v, want %d (%v)", pair.Leaf.SerialNumber, serial, err)
			}
		}
		if got := strings.Count(log.String(), "certificate not renewed"); got != warnings {
			t.Errorf("%d warnings, want %d\n%s", got, warnings, log)
		}
	}
	want(1, 0)
	certify(t, 2, cert, key)
	want(2, 0)
	certify(t, 3, cert, "")
	want(2, 1)
	certify(t, 4, cert, key)
	want(4, 1)
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	want(4, 2)
}
