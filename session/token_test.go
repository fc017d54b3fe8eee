package session

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

var tokenPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

func TestTokensAreRandom(t *testing.T) {
	t.Parallel()
	const n = 1024
	s := newSite(t, Options{})
	seen := make(map[string]bool)
	tokens := make([]string, n)
	for i := range tokens {
		tokens[i] = tokenOf(s.begin())
		if !tokenPattern.MatchString(tokens[i]) || seen[tokens[i]] {
			t.Fatalf("token %q is malformed or not new", tokens[i])
		}
		seen[tokens[i]] = true
	}
	if position := skewed(tokens); position >= 0 {
		t.Errorf("position %d of the tokens is not uniform", position)
	}
}

// The test above must notice tokens that are not uniform.
func TestSkewedTokensAreNoticed(t *testing.T) {
	t.Parallel()
	tokens := make([]string, 1024)
	for i := range tokens { // hexadecimal digits: 16 of 64 characters
		tokens[i] = hex.EncodeToString([]byte(hash(fmt.Sprint(i))))[:tokenLength]
	}
	if skewed(tokens) < 0 {
		t.Error("hexadecimal tokens pass")
	}
}

// skewed returns the first position whose characters fail a chi-squared test,
// or -1. The last of 43 characters holds 4 of the 256 bits, the others 6.
func skewed(tokens []string) int {
	for i := range tokenLength {
		characters := 64
		if i == tokenLength-1 {
			characters = 16
		}
		if counts := count64(tokens, i); len(counts) > characters ||
			chiSquared(counts, len(tokens), characters) > limit(characters-1) {
			return i
		}
	}
	return -1
}

func count64(tokens []string, position int) map[byte]int {
	counts := make(map[byte]int)
	for _, token := range tokens {
		counts[token[position]]++
	}
	return counts
}

func chiSquared(counts map[byte]int, n, characters int) float64 {
	expected := float64(n) / float64(characters)
	sum := float64(characters-len(counts)) * expected // those that never came
	for _, got := range counts {
		sum += (float64(got) - expected) * (float64(got) - expected) / expected
	}
	return sum
}

// limit is what chi-squared exceeds once in 50 million times (Wilson and
// Hilferty's approximation, z = 5.5): less than one false alarm in a million
// runs for all positions together.
func limit(freedom int) float64 {
	const z = 5.5
	k := 2 / (9 * float64(freedom))
	return float64(freedom) * math.Pow(1-k+z*math.Sqrt(k), 3)
}

// A token that a client invented names no session, nor becomes one.
func TestInventedTokenIsNeverAdopted(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	invented := "session=" + strings.Repeat("A", tokenLength)
	if a := s.get(invented, s.do(noop)); a.setsCookie() {
		t.Errorf("a page view sets cookie %q", a.header.Get("Set-Cookie"))
	}
	got := cookieOf(s.post(invented, s.put(1)))
	if got == "" || got == invented {
		t.Errorf("the new session's cookie is %q", got)
	}
	if _, ok := s.row(invented); ok || s.rows() != 1 {
		t.Errorf("row under the invented token: %v, %d rows; want none and 1", ok, s.rows())
	}
}

var malformed = map[string]string{
	"empty":       "",
	"short":       strings.Repeat("A", tokenLength-1),
	"long":        strings.Repeat("A", tokenLength+1),
	"huge":        strings.Repeat("A", 900<<10),
	"base64":      strings.Repeat("A", tokenLength-1) + "+",
	"SQL":         "' OR 1=1 --" + strings.Repeat("A", tokenLength-11),
	"not ASCII":   strings.Repeat("A", tokenLength-2) + "é",
	"percent":     strings.Repeat("A", tokenLength-3) + "%00",
	"wildcard":    strings.Repeat("_", tokenLength-1) + "*",
	"with spaces": strings.Repeat("A", tokenLength-1) + " ",
}

func TestMalformedTokensNeverReachSQL(t *testing.T) {
	t.Parallel()
	for name, token := range malformed {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, Options{})
			for _, method := range []string{"GET", "POST"} {
				a := ask(s.Handler(s.do(noop)), newRequest(method, "session="+token, ""))
				if got, want := a.status, http.StatusOK; got != want {
					t.Errorf("%s: status %d, want %d", method, got, want)
				}
			}
			if got := s.spy.all(); len(got) > 0 {
				t.Errorf("SQL: %q", got[0].query)
			}
		})
	}
}

func TestStockLooksUpAnyToken(t *testing.T) {
	t.Parallel()
	s, spy := newStockSite(t, table(t), 5000)
	s.get("session="+malformed["huge"], func(http.ResponseWriter, *http.Request) {})
	if len(spy.all()) == 0 {
		t.Error("stock scs looks nothing up, so the test above proves nothing")
	}
}

func TestTokenCountsInTheCookieOnly(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	token := tokenOf(s.begin())
	r := newRequest("POST", "", "session="+token)
	r.URL.RawQuery = "session=" + token
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Session", token)
	r.Header.Set("Authorization", "Bearer "+token)
	ask(s.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if Current(r.Context()).Exists() {
			t.Error("a token outside the cookie opened the session")
		}
	})), r)
}

// A cookie that was planted for a parent domain opens no session of the attacker's.
func TestTwoDifferentCookiesBothCountForNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	mine, tossed := s.begin(), s.begin()
	for _, cookies := range []string{mine + "; " + tossed, tossed + "; " + mine,
		mine + "; session=", "session=; " + mine} {
		s.get(cookies, func(_ http.ResponseWriter, r *http.Request) {
			if Current(r.Context()).Exists() {
				t.Errorf("%q opened a session", cookies)
			}
		})
		wantCookie(t, s.get(cookies, s.do(noop)), "")
		if s.count(mine) != 1 {
			t.Errorf("%q: once the other cookie is gone, the visitor's session is not there", cookies)
		}
	}
	if got, want := len(s.log.lines(t, "several session cookies")), 8; got != want {
		t.Errorf("%d warnings, want %d", got, want)
	}
	if got, want := s.rows(), 2; got != want {
		t.Errorf("%d rows, want %d: neither session was to blame", got, want)
	}
}

// The same cookie twice is no attack; browsers do so for two paths.
func TestTheSameCookieTwiceCounts(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin()
	if got, want := s.count(cookie+"; "+cookie), 1; got != want {
		t.Errorf("count %d, want %d", got, want)
	}
}

// Over plain HTTP another site can plant a cookie. If that completed a fixation, the
// visitor would type name and address into a session of the attacker's. So the visitor's
// own cookie is neither deleted nor replaced, and nothing is stored until one of them goes.
func TestAPlantedCookieDoesNotReplaceTheVisitors(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	mine, planted := s.begin(), s.begin()
	for _, change := range []func(context.Context) error{addOne, Renew, login(true)} {
		a := s.post(planted+"; "+mine, s.do(func(ctx context.Context) error {
			return errors.Join(change(ctx), countOne(ctx))
		}))
		if wantCookie(t, a, ""); a.status != http.StatusConflict || !errors.Is(s.failed, ErrAmbiguous) {
			t.Errorf("status %d, error %v; want 409, %v", a.status, s.failed, ErrAmbiguous)
		}
	}
	if s.count(mine) != 1 || s.count(planted) != 1 || s.rows() != 2 {
		t.Errorf("counts %d and %d, %d rows", s.count(mine), s.count(planted), s.rows())
	}
}

// A visitor who presses "log out" with two cookies ends both sessions, so that the planted
// cookie opens none afterwards.
func TestLogoutWithSeveralCookiesEndsAllTheirSessions(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	mine, planted, bystander := s.begin(), s.begin(), s.begin()
	a := s.post(planted+"; "+mine, s.do(Destroy))
	if got := a.header.Get("Set-Cookie"); a.status != http.StatusOK || !strings.HasPrefix(got, "session=;") ||
		!strings.Contains(got, "Max-Age=0") {
		t.Errorf("status %d, Set-Cookie %q, want a deletion", a.status, got)
	}
	if s.count(mine) != -1 || s.count(planted) != -1 || s.count(bystander) != 1 || s.Stats().Destroyed != 2 {
		t.Errorf("counts %d, %d and %d; want -1, -1, 1; %+v", s.count(mine), s.count(planted), s.count(bystander), s.Stats())
	}
}

// net/http drops all of more than 3000 cookies.
func TestThousandsOfCookiesAreAnonymous(t *testing.T) {
	t.Parallel()
	s := newSite(t, Options{})
	cookie := s.begin() + strings.Repeat("; a=b", 4000)
	if a := s.get(cookie, s.do(noop)); a.status != http.StatusOK || a.setsCookie() {
		t.Errorf("status %d, cookie %q", a.status, a.header.Get("Set-Cookie"))
	}
}

func TestStockTakesTheFirstOfTwoCookies(t *testing.T) {
	t.Parallel()
	s, _ := newStockSite(t, table(t), 5000)
	mine, tossed := s.begin(), s.begin()
	s.get(tossed+"; "+mine, func(_ http.ResponseWriter, r *http.Request) {
		if "session="+s.Token(r.Context()) != tossed {
			t.Error("stock scs does not take the tossed one, so the tests above prove nothing")
		}
	})
}
