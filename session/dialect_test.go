package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"
)

// sqlState is an error as PostgreSQL's drivers return it.
type sqlState string

func (s sqlState) Error() string    { return "state " + string(s) }
func (s sqlState) SQLState() string { return string(s) }

// code is an error as SQLite's drivers return it.
type code int

func (c code) Error() string { return fmt.Sprint("code ", int(c)) }
func (c code) Code() int     { return int(c) }

// What a database refused to serialize counts as a conflict, and nothing else.
func TestSerializationFailureIsAConflict(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]bool{
		sqlState("40001"): true, sqlState("40P01"): true, ErrConflict: true, code(517): true,
		sqlState("23505"): false, code(5): false, code(2067): false, sqlState(""): false,
		errors.New("40001"): false, ErrEnded: false,
	} {
		if got := IsConflict(fmt.Errorf("session: commit: %w", err)); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}

func TestExpiryReadsFromEitherEngine(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, column := range []any{JulianDay(want), want.In(time.FixedZone("CET", 3600))} {
		var got Expiry
		if err := got.Scan(column); err != nil || got.Sub(want).Abs() > time.Millisecond || got.Location() != time.UTC {
			t.Errorf("%v reads as %v, error %v, want %v", column, got.Time, err, want)
		}
	}
	for _, column := range []any{nil, "2026-11-23", []byte("x")} {
		if err := new(Expiry).Scan(column); err == nil {
			t.Errorf("%v reads as an expiry", column)
		}
	}
}

// RFC 3339, and so JSON, knows no year after 9999; people set "never" and "always" by hand.
func TestAnExpiryOfAnyYearIsATimeOfJSON(t *testing.T) {
	t.Parallel()
	for _, column := range []any{1e7, math.MaxFloat64, math.Inf(1), math.Inf(-1), -1e9,
		time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "infinity", "-infinity"} {
		var got Expiry
		if err := got.Scan(column); err != nil {
			t.Errorf("%v: %v", column, err)
			continue
		}
		isLate := column != "-infinity" && column != any(-1e9) && column != any(math.Inf(-1))
		if got.After(time.Now()) != isLate {
			t.Errorf("%v reads as %v", column, got.Time)
		}
		if _, err := json.Marshal(got.Time); isLate && err != nil {
			t.Errorf("%v: %v", column, err)
		}
	}
}

func TestUnknownEngineIsRefused(t *testing.T) {
	t.Parallel()
	db := open(t, table(t))
	if _, err := New(db, Options{Engine: 7}); err == nil {
		t.Error("no error")
	}
}

// What expires now and what the column holds are the same moment.
func TestJulianDayIsExactToAMillisecond(t *testing.T) {
	t.Parallel()
	db := open(t, table(t))
	for _, at := range []string{"1970-01-01T00:00:00.000Z", "2000-02-29T23:59:59.999Z",
		"2026-11-23T07:40:00.123Z", "9999-12-31T23:59:59.000Z"} {
		want, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			t.Fatal(err)
		}
		day := JulianDay(want)
		var back Expiry
		if err := back.Scan(day); err != nil || !back.Equal(want) {
			t.Errorf("%s comes back as %v, error %v", at, back, err)
		}
		var sqlite string
		if err := db.QueryRow("SELECT strftime('%Y-%m-%dT%H:%M:%fZ', $1)", day).Scan(&sqlite); err != nil {
			t.Fatal(err)
		}
		if sqlite != at {
			t.Errorf("SQLite reads %v as %s, want %s", day, sqlite, at)
		}
	}
}

func TestExpiryIsInUTC(t *testing.T) {
	t.Parallel()
	for _, idle := range []time.Duration{0, time.Minute} {
		m := &Manager{o: Options{IdleTimeout: idle}}
		if got := m.expiry(time.Now().UTC().Add(time.Hour)).Location(); got != time.UTC {
			t.Errorf("idle timeout %v: expiry in %v, want UTC", idle, got)
		}
	}
}
