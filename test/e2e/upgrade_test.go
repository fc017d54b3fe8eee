package e2e

import (
	"cmp"
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// earlier is a commit whose program made the database and the cookie in testdata:
// a visitor bought two mugs and a notebook, took up a new cart and set a value.
// The session's lifetime was a hundred years.
const earlier = "f461642"

func TestADatabaseAndACookieOfAnEarlierProgramWork(t *testing.T) {
	t.Parallel()
	s := start(t, unpack(t, earlier+".db.gz"))
	token, err := os.ReadFile(filepath.Join("testdata", earlier+".token"))
	if err != nil {
		t.Fatal(err)
	}
	cookie := "session=" + strings.TrimSpace(string(token))

	if got, want := s.cart(t, cookie).String(), "tote 3, twine 1"; got != want {
		t.Errorf("the cart has %q, want %q", got, want)
	}
	wantRenamed(t, s.get(t, "/cart", cookie).Header.Values("Set-Cookie"), cookie)
	receipt := s.get(t, "/orders/7GWR-8T9B-M6AX", cookie).Want(t, http.StatusOK)
	for _, part := range []string{"Ada Lovelace", "Enamel mug", "€51.00"} {
		if !strings.Contains(receipt.Body, part) {
			t.Errorf("the receipt does not show %q\n%s", part, receipt.Body)
		}
	}
	session := s.get(t, "/session", cookie).Want(t, http.StatusOK)
	if !strings.Contains(session.Body, "username") || !strings.Contains(session.Body, "Ada") {
		t.Errorf("the session's value is not shown\n%s", session.Body)
	}

	added := s.post(t, "/cart/items", cookie, "sku", "twine")
	added.WantTo(t, "/cart?added=")
	cookie = cmp.Or(added.Cookie, cookie)
	if got, want := s.cart(t, cookie).String(), "tote 3, twine 2"; got != want {
		t.Errorf("after an add, the cart has %q, want %q", got, want)
	}
	s.must(t, s.submit(t, cookie)).WantTo(t, "/orders/")
	if got := blackbox.Count(t, s.DB, "SELECT COUNT(*) FROM orders"); got != 2 {
		t.Errorf("%d orders, want 2", got)
	}
	s.Stop(t)
	verify := proctest.Start(t, proctest.Command{Build: proctest.Admin, Args: []string{"-db", s.DB, "verify"}})
	if verify.Exit(t) != 0 {
		t.Errorf("verify: %s%s", &verify.Stdout, &verify.Stderr)
	}
}

// wantRenamed checks that a cookie of the former name is answered with the token under
// the new one, and goes itself.
func wantRenamed(t *testing.T, sent []string, former string) {
	t.Helper()
	if len(sent) != 2 || !strings.HasPrefix(sent[0], "trolley_"+former+";") || !strings.HasPrefix(sent[1], "session=;") {
		t.Errorf("Set-Cookie %q, want trolley_%s and the end of session", sent, former)
	}
}

// unpack writes a database of testdata to a new file and returns its name.
func unpack(t testing.TB, name string) (db string) {
	t.Helper()
	packed, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	r, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	db = blackbox.NewDB(t)
	if err := os.WriteFile(db, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return db
}
