package main

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares got with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\n%s\nwant:\n%s", name, got, want)
	}
}

// Sessions as they are, as they may be, and as they should not be. The first is
// the oldest.
var listedSessions = []string{
	`{"v":1,"deadline":"2099-12-23T10:14:00Z","values":{"__created":"2099-11-23T10:14:00Z","__rememberMe":true,"cart":{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaa","currency":"EUR","lines":[{"sku":"enamel-mug","quantity":2,"unit_price":1850},{"sku":"tea-towel","quantity":1,"unit_price":900}]},"username":"Ada"}}`,
	`{"v":1,"deadline":"2099-12-24T10:14:00Z","values":{"__created":"2099-11-24T10:14:00Z","username":"Grace"}}`,
	`{"v":1,"deadline":"2099-12-25T10:14:00Z","values":{"cart":{"id":"bbbbbbbbbbbbbbbbbbbbbbbbbb","currency":"EUR","lines":[]}}}`,
	`{"v":1,"deadline":"2099-12-26T10:14:00Z","values":{"__created":"2099-11-26T10:14:00Z","cart":{"id":"cccccccccccccccccccccccccc","currency":"EUR","lines":[{"sku":"enamel-mug","quantity":99,"unit_price":1850}]}}}`,
	`no JSON at all`,
}

func shopWithSessions(t *testing.T) string {
	t.Helper()
	path := newFile(t)
	s := openShop(t, path)
	insert := func(token, data, expiry string) {
		_, err := s.Write().ExecContext(t.Context(), "INSERT INTO sessions (token, data, expiry) VALUES ($1, $2, julianday($3))", token, []byte(data), expiry)
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, data := range listedSessions {
		insert("-Session"+string(rune('A'+i))+strings.Repeat("x", 34), data, "2099-12-23 10:14:00")
	}
	insert("Expired"+strings.Repeat("x", 36), listedSessions[0], "2020-01-01 00:00:00")
	return path
}

func TestSessionsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	db := shopWithSessions(t)
	golden(t, "sessions.txt", must(t, admin(t, db, "sessions")).stdout)
	golden(t, "sessions.json", must(t, admin(t, db, "sessions", "-json")).stdout)
	d := must(t, admin(t, db, "sessions", "-limit", "2"))
	if got := strings.Count(d.stdout, "-Session"); got != 2 || !strings.Contains(d.stdout, "2 of 5 alive") {
		t.Errorf("with -limit 2:\n%s", d.stdout)
	}
}

func TestNoSessionsAreAnEmptyList(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	openShop(t, path)
	d := must(t, admin(t, path, "sessions", "-json"))
	var list []listed
	if err := json.Unmarshal([]byte(d.stdout), &list); err != nil || list == nil || len(list) != 0 {
		t.Errorf("%q, %v; want []", d.stdout, err)
	}
}

// What sessions shows of the hash is too little to find a token by, and what the
// shop wrote reads back as it was.
func TestSessionsOfARunningShop(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	s := openShop(t, path)
	_, cookie := s.send("POST", "/add", "")
	s.send("POST", "/add", cookie)
	var list []listed
	d := must(t, admin(t, path, "sessions", "-json"))
	if err := json.Unmarshal([]byte(d.stdout), &list); err != nil || len(list) != 1 {
		t.Fatalf("%s: %v", d.stdout, err)
	}
	l := list[0]
	if len(l.ID) != 12 || l.Created == nil || l.Units == nil || *l.Units != 2 || l.Value == nil || *l.Value != 3700 {
		t.Errorf("the session is listed as %s", d.stdout)
	}
	_, token, _ := strings.Cut(cookie, "=")
	if strings.Contains(d.stdout, token) {
		t.Error("the token is in the list")
	}
}

func TestRevokeFromAList(t *testing.T) {
	t.Parallel()
	db := shopWithSessions(t)
	for _, id := range []string{"-SessionA", "-SessionBxxx"} {
		if d := must(t, admin(t, db, "revoke", id)); d.stdout != "Ended session "+id+strings.Repeat("x", 12-len(id))+".\n" {
			t.Errorf("it said %q", d.stdout)
		}
	}
	if d := admin(t, db, "revoke", "-Sessi"); d.code != 1 || !strings.Contains(d.stderr, "give more characters") {
		t.Errorf("%+v", d)
	}
	if d := must(t, admin(t, db, "revoke", "-yes", "-all")); d.stdout != "Ended 4 sessions.\n" {
		t.Errorf("it said %q", d.stdout)
	}
	if d := must(t, admin(t, db, "sessions")); !strings.Contains(d.stdout, "0 of 0 alive; 0 expired") {
		t.Errorf("left:\n%s", d.stdout)
	}
}
