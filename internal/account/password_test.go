package account

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
)

func TestAnEmailHasOneForm(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		" ADA@Example.COM ":               "ada@example.com",
		"ju\u0308rgen@example.com":        "j\u00fcrgen@example.com",
		"a@b.example":                     "a@b.example",
		"":                                "",
		"ada":                             "",
		"Ada <ada@example.com>":           "",
		"ada@example.com, b@example.com":  "",
		"a\u200bda@example.com":           "", // zero width space
		"ada\u00ad@example.com":           "", // soft hyphen
		"ada\u3164@example.com":           "", // Hangul filler
		"ada\ufe0f@example.com":           "", // variation selector
		"ada\u202e@example.com":           "", // right-to-left override
		"ada\x00@example.com":             "",
		strings.Repeat("a", 300) + "@b.c": "",
	} {
		if got := Email(typed); got != want {
			t.Errorf("Email(%q) = %q, want %q", typed, got, want)
		}
	}
}

func TestACommonOrShortPasswordIsRefused(t *testing.T) {
	t.Parallel()
	for password, ok := range map[string]bool{
		"a sieve, two mugs": true, "🙂🐈🌧️🎻🧀🚲🪁🎈": true, "        x": true, strings.Repeat("long ", 200): true,
		"short": false, "🙂🐈🌧": false, "password": false, "PassWord": false, "12345678": false, "aaaaaaaaaaaa": false,
		"ada@example.com": false, strings.Repeat("x", 10<<10): false, "invalid \xff\xff": false, "": false,
	} {
		if got := CheckPassword(password, "ada@example.com"); got == "" != ok {
			t.Errorf("%.40q: %q", password, got)
		}
	}
	if n := strings.Count(common, "\n"); n != 3000 {
		t.Errorf("%d common passwords, want 3,000", n)
	}
}

func newHasher() *Accounts { return New(nil, nil, slog.New(slog.DiscardHandler)) }

func TestAHashIsOfItsPasswordAlone(t *testing.T) {
	t.Parallel()
	a := newHasher()
	hash, err := a.hash(t.Context(), "cafe\u0301 au lait")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%q, %v", hash, err)
	}
	for password, want := range map[string]bool{"café au lait": true, "cafe\u0301 au lait": true, "cafe au lait": false, "": false} {
		if ok, cheap, err := a.matches(t.Context(), hash, password); ok != want || cheap || err != nil {
			t.Errorf("%q: %v, %v, %v", password, ok, cheap, err)
		}
	}
	for _, broken := range []string{"", "$argon2id$", unknown, strings.Replace(hash, "m=19456", "m=4000000000", 1), strings.Replace(hash, "v=19", "v=16", 1), hash[:len(hash)-30]} {
		if ok, _, err := a.matches(t.Context(), broken, "café au lait"); ok || err != nil {
			t.Errorf("%q: %v, %v", broken, ok, err)
		}
	}
}

func TestAHashThatCostLessIsToBeMadeAgain(t *testing.T) {
	t.Parallel()
	a, weak := newHasher(), params{memory: 64, passes: 1, threads: 1}
	salt := make([]byte, saltBytes)
	key, err := a.key(t.Context(), "a sieve, two mugs", salt, keyBytes, weak)
	if err != nil {
		t.Fatal(err)
	}
	if ok, cheap, err := a.matches(t.Context(), weak.encode(salt, key), "a sieve, two mugs"); !ok || !cheap || err != nil {
		t.Errorf("%v, %v, %v", ok, cheap, err)
	}
}

func TestHashesAtOnceAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newHasher()
		for range cap(a.hashing) {
			a.hashing <- struct{}{}
		}
		if _, err := a.hash(t.Context(), "a sieve, two mugs"); !errors.Is(err, ErrBusy) {
			t.Errorf("%v, want ErrBusy", err)
		}
	})
}
