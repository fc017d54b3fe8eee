package e2e

import (
	"encoding/base64"
	"encoding/hex"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"trolley/test/blackbox"
)

// plentyThatLogs is plenty with a log of that format. In JSON the addresses stand in the log.
func plentyThatLogs(t testing.TB, format string) *shop {
	t.Helper()
	if format == "text" {
		return plenty(t)
	}
	db := blackbox.NewDB(t)
	s := &shop{&blackbox.Shop{DB: db, Client: blackbox.NewClient(t, nil),
		Process: run(t, nil, "-addr", "127.0.0.1:0", "-ops-addr", "127.0.0.1:0", "-log-format", format, "-db", db)}}
	waitLog(t, s.Process, `"msg":"started"`)
	addresses := regexp.MustCompile(`"shop":"([^"]+)","inspector":"([^"]+)"`).FindStringSubmatch(s.Stderr.String())
	s.URL, s.Ops = "http://"+addresses[1], "http://"+addresses[2]
	blackbox.Change(t, db, blackbox.Shelves)
	return s
}

// Whoever reads the database, a backup of it, or the log can open no session.
func TestTokensAreNeitherStoredNorLogged(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			s := plentyThatLogs(t, format)
			tokens := s.useTokens(t)

			wal := contents(t, s.DB+"-wal")
			if !strings.Contains(wal, blackbox.RowToken("="+tokens[len(tokens)-1])) {
				t.Error("the write-ahead log does not hold the session, so that it holds no token proves nothing")
			}
			wantNoToken(t, "the inspector", (&shop{&blackbox.Shop{URL: s.Ops, Client: s.Client}}).get(t, "/sessions", s.Operator(t)).Want(t, 200).Body, tokens)
			wantNoToken(t, "the write-ahead log", wal, tokens)
			wantNoToken(t, "the database", contents(t, s.DB), tokens)
			s.Signal(t, syscall.SIGTERM)
			s.Exit(t)
			database := contents(t, s.DB)
			if !strings.Contains(database, blackbox.RowToken("="+tokens[len(tokens)-1])) {
				t.Error("the database does not hold the session, so that it holds no token proves nothing")
			}
			wantNoToken(t, "the database after the end", database, tokens)
			log := s.Stderr.String()
			for _, said := range []string{"session created", "session renewed", "session destroyed", "several session cookies"} {
				if !strings.Contains(log, said) {
					t.Errorf("the log does not say %q\n%s", said, log)
				}
			}
			wantNoToken(t, "the log", log+s.Stdout.String(), tokens)
		})
	}
}

// useTokens has sessions live through all that a session can, and returns their
// tokens; the last one is alive.
func (s *shop) useTokens(t testing.TB) (tokens []string) {
	t.Helper()
	note := func(cookie string) string {
		name, token, _ := strings.Cut(cookie, "=")
		if name != "trolley_session" || len(token) != 43 {
			t.Fatalf("no cookie of a session: %q", cookie)
		}
		tokens = append(tokens, token)
		return cookie
	}
	for range 2 {
		cookie := note(s.begin(t, "thing-1"))
		cookie = note(s.post(t, "/session/renew", cookie).Cookie)
		s.must(t, s.submit(t, cookie)).WantTo(t, "/orders/")
		s.post(t, "/session/values", cookie, "key", "username", "value", "Ada").WantTo(t, "/session?stored=username")
		for _, path := range []string{"/session", "/cart", "/no-such-page"} {
			wantNoToken(t, path, s.get(t, path, cookie).Body, tokens)
		}
		s.post(t, "/session/destroy", cookie).WantTo(t, "/session?forgotten=1")
		s.post(t, "/cart/items", cookie, "sku", "thing-1") // too late
	}
	one, two := note(s.begin(t, "thing-1")), note(s.begin(t, "thing-2"))
	s.get(t, "/cart", one+"; "+two)
	s.get(t, "/"+tokens[len(tokens)-1][:8]+"?session=x", one+"; theme=dark")
	return tokens
}

// wantNoToken looks for tokens as they are, and for the random bytes they spell.
func wantNoToken(t testing.TB, where, text string, tokens []string) {
	t.Helper()
	for _, token := range tokens {
		random, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil {
			t.Fatal(err)
		}
		for _, spelling := range []string{token, string(random), hex.EncodeToString(random), base64.StdEncoding.EncodeToString(random)} {
			if strings.Contains(text, spelling) {
				t.Errorf("%s holds the token %s as %q", where, token, spelling)
			}
		}
	}
}

func contents(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
