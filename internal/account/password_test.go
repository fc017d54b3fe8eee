package account

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/alexedwards/argon2id"
)

func TestAnEmailHasOneForm(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		" ADA@Example.COM ":              "ada@example.com",
		"ju\u0308rgen@example.com":       "j\u00fcrgen@example.com",
		"a@b.example":                    "a@b.example",
		"":                               "",
		"ada":                            "",
		"Ada <ada@example.com>":          "",
		"ada@example.com, b@example.com": "",
		"\uff21\uff44\uff41\uff20example\uff0ecom": "ada@example.com", // wide letters
		"a\u200bda@example.com":                    "",                // zero width space
		"a\u200dda@example.com":                    "",                // joiner
		"a\u00a0da@example.com":                    "",                // no-break space
		"a\u2800da@example.com":                    "",                // empty braille
		"a\u034fda@example.com":                    "",                // grapheme joiner
		"a\U000e0061da@example.com":                "",                // tag
		"ada@example.com\nb":                       "",
		"\"ada\"@example.com":                      "",
		"ada\u00ad@example.com":                    "", // soft hyphen
		"ada\u3164@example.com":                    "", // Hangul filler
		"ada\ufe0f@example.com":                    "", // variation selector
		"ada\u202e@example.com":                    "", // right-to-left override
		"ada\x00@example.com":                      "",
		strings.Repeat("a", 300) + "@b.c":          "",
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
	for _, broken := range []string{"", "$argon2id$", unknown, strings.Replace(hash, "m=19456", "m=4000000000", 1),
		strings.Replace(hash, "t=2", "t=0", 1), strings.Replace(hash, "p=1", "p=0", 1), strings.Replace(hash, "v=19", "v=16", 1),
		hash[:len(hash)-30], hash[:strings.LastIndex(hash, "$")+1], strings.Replace(hash, "$argon2id", "$argon2i", 1)} {
		if ok, _, err := a.matches(t.Context(), broken, "café au lait"); ok || err != nil {
			t.Errorf("%q: %v, %v", broken, ok, err)
		}
	}
}

func TestAnEmailWithoutAnAccountCostsAHash(t *testing.T) {
	t.Parallel()
	if cost, _, _, err := argon2id.DecodeHash(unknown); err != nil || *cost != current {
		t.Errorf("%+v, %v", cost, err)
	}
}

func TestAHashThatCostLessIsToBeMadeAgain(t *testing.T) {
	t.Parallel()
	weak := current
	weak.Memory = 64
	hash, err := argon2id.CreateHash("a sieve, two mugs", &weak)
	if err != nil {
		t.Fatal(err)
	}
	if ok, cheap, err := newHasher().matches(t.Context(), hash, "a sieve, two mugs"); !ok || !cheap || err != nil {
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
