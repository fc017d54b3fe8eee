package faults

import (
	"crypto/tls"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// One client attacks in each way that there is, for TROLLEY_ATTACK milliseconds where
// that is set. Memory, disk and log stay within what the documents promise, and each
// request of another client is answered. A shop that is told of a limit of its memory
// keeps to it.
func TestOneClientKeepsNobodyOut(t *testing.T) {
	isLong := os.Getenv("TROLLEY_ATTACK") != ""
	for name := range attacks {
		if name == shoppers {
			continue
		}
		for _, limit := range []int64{0, 150} {
			if !isLong && (limit == 0 || !slices.Contains([]string{"memory", "HTTP/2 bodies", "HTTP/2 readers", "log", "sessions", "connections"}, name)) {
				continue
			}
			t.Run(fmt.Sprintf("%s, limit %d", name, limit), func(t *testing.T) {
				underAttack(t, name, limit, isLong)
			})
		}
	}
}

// Ceilings of docs/operating.md, and what a client may begin: a session is 8 KiB at most,
// a log of writes 64 MiB.
const (
	mostMemory, mostLimited = 430 << 20, 180 << 20
	mostDisk                = (64 + 32) << 20
	mostLog                 = 64 << 10 // bytes a second, and as much to begin with
	mostSlower              = 100      // times, than beside as many shoppers
)

func underAttack(t *testing.T, name string, limit int64, isLong bool) {
	lasts := time.Duration(proctest.Times(t, "TROLLEY_ATTACK", 300)) * time.Millisecond
	args, config := []string{"-trusted-proxies", "127.0.0.1", "-max-connections", "1024"}, (*tls.Config)(nil)
	if strings.HasPrefix(name, "HTTP/2") {
		cert, key, roots := blackbox.Certificate(t)
		args, config = append(args, "-tls-cert", cert, "-tls-key", key), &tls.Config{RootCAs: roots}
	}
	c := proctest.Command{Build: proctest.Quick, Args: args}
	if limit > 0 {
		c.Env = []string{fmt.Sprintf("GOMEMLIMIT=%dMiB", limit)}
	}
	s := &shop{blackbox.Start(t, c, blackbox.NewDB(t))}
	s.Client = blackbox.NewClient(t, config)
	blackbox.Change(t, s.DB, blackbox.Shelves)
	first := blackbox.Request{Shop: s.Shop, Path: "/cart/items", Form: blackbox.Form("sku", "thing-1"), From: "198.51.100.1"}.Send(t.Context()).Want(t, 303)

	clients := 200
	if !isLong {
		clients = 20
	}
	began := time.Now()
	// As many shoppers who only look tell how busy the machine is.
	usual, _ := s.shopBeside(t, lasts, clients, first.Cookie, shoppers)
	took, attempts := s.shopBeside(t, lasts, clients, first.Cookie, name)

	peak, disk, log := s.statusBytes(t, "VmHWM"), s.diskBytes(t), int64(len(s.Stderr.String()))
	t.Logf("%s: %s attempts, memory %d MiB, disk %d KiB, log %d KiB; %d good requests, half within %v, 99%% within %v, beside shoppers %v and %v",
		t.Name(), attempts, peak>>20, disk>>10, log>>10, len(took), share(took, 50), share(took, 99), share(usual, 50), share(usual, 99))
	for _, percent := range []int{50, 99} {
		if of, beside := share(took, percent), share(usual, percent); of > mostSlower*beside && (isLong || percent == 50) {
			t.Errorf("%d%% of the good requests took up to %v, beside shoppers %v", percent, of, beside)
		}
	}
	most := int64(mostMemory)
	if limit > 0 {
		most = mostLimited
	}
	if peak > most {
		t.Errorf("%d MiB of memory, want at most %d", peak>>20, most>>20)
	}
	if disk > mostDisk {
		t.Errorf("%d MiB of disk, want at most %d", disk>>20, mostDisk>>20)
	}
	if most := int64(time.Since(began).Seconds()+2) * mostLog; log > most {
		t.Errorf("%d KiB of log, want at most %d", log>>10, most>>10)
	}
	s.Stop(t)
	blackbox.WantWhole(t, s.DB)
}

// shopBeside has a visitor read and add, for a while and at least 20 times, while clients
// attack. It returns how long each request took, in order. Half of them may be
// refused with a 503: a machine without a free processor answers some so.
func (s *shop) shopBeside(t *testing.T, lasts time.Duration, clients int, cookie, attack string) (took []time.Duration, attempts string) {
	t.Helper()
	stop := s.beginAttack(t, attack, clients)
	refused := 0
	for i, end := 0, time.Now().Add(lasts); i < 20 || time.Now().Before(end); i++ {
		r := blackbox.Request{Shop: s.Shop, Path: pages[i/2%len(pages)], Cookie: cookie, From: "198.51.100.1"}
		want := 200
		if i%2 == 0 {
			r.Path, r.Form, want = "/cart/items/thing-1", blackbox.Form("quantity", fmt.Sprint(1+i/2%20)), 303
		}
		a := r.Send(t.Context())
		switch {
		case a.IsRefused():
			refused++
		case a.Err != nil || a.Status != want:
			t.Errorf("%s: status %d, %v, after %v", r.Path, a.Status, a.Err, a.Took)
		}
		took = append(took, a.Took)
	}
	if refused > len(took)/2 {
		t.Errorf("%d of %d requests were refused", refused, len(took))
	}
	slices.Sort(took)
	return took, stop()
}

// share is how long a part of the requests took at most, of times in order.
func share(took []time.Duration, percent int) time.Duration { return took[len(took)*percent/100] }

// diskBytes is the size of the files of the database.
func (s *shop) diskBytes(t testing.TB) (n int64) {
	t.Helper()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(s.DB + suffix)
		if err != nil {
			t.Fatal(err)
		}
		n += info.Size()
	}
	return n
}
