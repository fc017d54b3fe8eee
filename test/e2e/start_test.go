package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// free are flags that let a shop start beside any other.
func free(more ...string) []string {
	return append([]string{"-addr", "127.0.0.1:0", "-ops-addr", ""}, more...)
}

func TestWrongFlagEndsWithOneLine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		flags string // separated by spaces
		says  string
	}{
		{"-no-such-flag", "-no-such-flag"},
		{"-addr", "-addr"},
		{"words", `"words"`},
		{"-lifetime=soon", "-lifetime"},
		{"-lifetime=59s", "-lifetime"},
		{"-lifetime=-1h", "-lifetime"},
		{"-idle-timeout=-1s", "-idle-timeout"},
		{"-idle-timeout=1ms", "-idle-timeout"},
		{"-tls-cert=cert.pem", "-tls-key"},
		{"-tls-key=key.pem", "-tls-cert"},
		{"-secure-cookies=perhaps", "-secure-cookies"},
		{"-secure-cookies=off -tls-cert=cert.pem -tls-key=key.pem", "-secure-cookies"},
		{"-log-format=xml", "-log-format"},
		{"-base-url=shop.example", "-base-url"},
		{"-base-url=ftp://shop.example", "-base-url"},
		{"-base-url=https://shop.example/path", "-base-url"},
		{"-redirect-addr=127.0.0.1:0", "-redirect-addr"},
		{"-ops-addr=0.0.0.0:0", "-ops-addr"},
		{"-ops-addr=:0", "-ops-addr"},
		{"-ops-addr=localhost", "-ops-addr"},
		{"-addr=", "-addr"},
		{"-addr=4000", "-addr"},
		{"-addr=127.0.0.1", "-addr"},
		{"-addr=127.0.0.1:99999", "99999"},
		{"-addr=203.0.113.7:0", "-addr"},
		{"-addr=unix:", "-addr"},
		{"-addr=unix:/nowhere/shop.sock", "-addr"},
		{"-ops-addr=127.0.0.1:99999", "-ops-addr"},
		{"-base-url=https://shop.example:99999", "-base-url"},
		{"-trusted-proxies=proxy.example", "-trusted-proxies"},
		{"-log-level=loud", "-log-level"},
		{"-drain=-1s", "-drain"},
		{"-version=perhaps", "-version"},
	} {
		t.Run(c.flags, func(t *testing.T) {
			t.Parallel()
			p := run(t, nil, free(strings.Fields(c.flags)...)...)
			blackbox.WantRefusal(t, p, 2, c.says)
			if files, err := os.ReadDir(p.Dir); err != nil || len(files) > 0 {
				t.Errorf("it left %v (%v)", files, err)
			}
		})
	}
}

func TestWrongEnvironmentEndsWithOneLine(t *testing.T) {
	t.Parallel()
	for _, v := range []string{"TROLLEY_LIFETIME=soon", "TROLLEY_LIFETIME=1s", "TROLLEY_LOG_FORMAT=xml", "TROLLEY_SECURE_COOKIES=perhaps", "TROLLEY_IDLE_TIMEOUT=x"} {
		t.Run(v, func(t *testing.T) {
			t.Parallel()
			_, value, _ := strings.Cut(v, "=")
			blackbox.WantRefusal(t, run(t, []string{v}, free()...), 2, value)
		})
	}
}

func TestUnknownVariableEndsWithItsName(t *testing.T) {
	t.Parallel()
	blackbox.WantRefusal(t, run(t, []string{"TROLLEY_ADR=:4000"}, free()...), 2, "TROLLEY_ADR")
}

func TestEmptyVariableTurnsTheInspectorOff(t *testing.T) {
	t.Parallel()
	p := run(t, []string{"TROLLEY_OPS_ADDR=", "TROLLEY_LOG_FORMAT="}, "-addr", "127.0.0.1:0")
	p.WaitFor(t, proctest.SaysShop)
	if out := p.Stdout.String(); strings.Contains(out, "Inspector") {
		t.Errorf("it says\n%s", out)
	}
}

// A start that finds its address taken leaves no database behind.
func TestTakenAddressOpensNothing(t *testing.T) {
	t.Parallel()
	taken := start(t, blackbox.NewDB(t))
	p := run(t, nil, free("-addr", taken.Host())...)
	blackbox.WantRefusal(t, p, 1, "-addr", "another trolley")
	if files, err := os.ReadDir(p.Dir); err != nil || len(files) > 0 {
		t.Errorf("it left %v (%v)", files, err)
	}
}

func TestStartThatCannotSucceedEndsWithOneLine(t *testing.T) {
	t.Parallel()
	taken := start(t, blackbox.NewDB(t))
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, c := range map[string]struct {
		flags []string
		says  string
		code  int
	}{
		"port taken":                {[]string{"-addr", taken.Host()}, "-addr", 1},
		"inspector's port taken":    {[]string{"-ops-addr", taken.Host()}, "-ops-addr", 1},
		"database in no folder":     {[]string{"-db", filepath.Join(dir, "missing", "trolley.db")}, "missing", 1},
		"database is a folder":      {[]string{"-db", dir}, dir, 1},
		"database is a short text":  {[]string{"-db", write("short", "a list of things to buy")}, "not a SQLite database", 1},
		"database is a long text":   {[]string{"-db", write("long", strings.Repeat("a list of things to buy\n", 100))}, "not a SQLite database", 1},
		"database in memory":        {[]string{"-db", ":memory:"}, "name a file", 2},
		"database without a name":   {[]string{"-db", ""}, "name a file", 2},
		"database of another kind":  {[]string{"-db", "mysql://localhost/shop"}, "mysql", 2},
		"certificate that is not":   {[]string{"-tls-cert", filepath.Join(dir, "no.pem"), "-tls-key", filepath.Join(dir, "no.key")}, "no.pem", 1},
		"database of a later shop":  {[]string{"-db", laterDatabase(t)}, "newer program", 1},
		"database that is too open": {[]string{"-db", "/dev/null"}, "regular file", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The other shop's database: nothing to migrate, and to tell of it.
			blackbox.WantRefusal(t, run(t, nil, free(append([]string{"-db", taken.DB}, c.flags...)...)...), c.code, c.says)
		})
	}
}

// A row that breaks a rule is corrected, and nobody is told to go back to a backup for it.
func TestABrokenRowIsNotCalledDamage(t *testing.T) {
	t.Parallel()
	s := start(t, blackbox.NewDB(t))
	s.Stop(t)
	blackbox.Change(t, s.DB, "PRAGMA ignore_check_constraints = 1; UPDATE products SET stock = -2 WHERE sku = 'tea-towel'")
	p := run(t, nil, free("-db", s.DB)...)
	blackbox.WantRefusal(t, p, 1, "trolley-admin verify")
	if strings.Contains(p.Stderr.String(), "damaged") {
		t.Errorf("it says %s", &p.Stderr)
	}
}

// laterDatabase makes a database that a later version of the program has migrated.
func laterDatabase(t *testing.T) string {
	t.Helper()
	s := start(t, blackbox.NewDB(t))
	s.Signal(t, syscall.SIGTERM)
	s.Exit(t)
	blackbox.Change(t, s.DB, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
	return s.DB
}

func TestAddressComesFromTheEnvironment(t *testing.T) {
	t.Parallel()
	env := []string{"TROLLEY_ADDR=127.0.0.1:0", "TROLLEY_OPS_ADDR=127.0.0.1:0", "TROLLEY_DB=other.db"}
	p := run(t, env)
	s := &shop{&blackbox.Shop{Process: p, URL: p.WaitFor(t, proctest.SaysShop), Client: blackbox.NewClient(t, nil)}}
	s.get(t, "/", "").Want(t, 200)
	if _, err := os.Stat(filepath.Join(p.Dir, "other.db")); err != nil {
		t.Error(err)
	}

	// A flag counts for more.
	p = run(t, append(env, "TROLLEY_LOG_FORMAT=xml"), "-log-format", "json", "-db", blackbox.NewDB(t))
	waitLog(t, p, `"msg":"started"`)
}

// Where JSON is asked for, whatever the program says is a line of JSON: a collector of
// logs reads nothing else.
func TestJSONIsAllThatIsSaid(t *testing.T) {
	t.Parallel()
	db := blackbox.NewDB(t)
	p := run(t, nil, free("-log-format", "json", "-db", db)...)
	waitLog(t, p, `"msg":"started"`)
	p.Stop(t)
	failed := run(t, nil, free("-log-format", "json", "-db", filepath.Join(p.Dir, "missing", "trolley.db"))...)
	failed.Never = nil
	if code := failed.Exit(t); code != 1 {
		t.Errorf("exit code %d", code)
	}
	for _, text := range []string{p.Stdout.String() + p.Stderr.String(), failed.Stdout.String() + failed.Stderr.String()} {
		for line := range strings.Lines(text) {
			if !json.Valid([]byte(line)) {
				t.Errorf("it says %s", line)
			}
		}
	}
	if text := p.Stderr.String(); !strings.Contains(text, `"msg":"stopped"`) || !strings.Contains(failed.Stderr.String(), "missing") {
		t.Errorf("it says\n%s%s", text, &failed.Stderr)
	}
}

func TestVersionIsPrintedWithoutADatabase(t *testing.T) {
	t.Parallel()
	p := run(t, nil, "-version")
	if code := p.Exit(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if out := p.Stdout.String(); !regexp.MustCompile(`^trolley \S+.* go1\.\S+\n$`).MatchString(out) {
		t.Errorf("-version says %q", out)
	}
	if files, err := os.ReadDir(p.Dir); err != nil || len(files) > 0 {
		t.Errorf("-version left %v (%v)", files, err)
	}
}

func TestHelpIsNoMistake(t *testing.T) {
	t.Parallel()
	p := run(t, nil, "-help")
	if code := p.Exit(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
	said := p.Stdout.String() + p.Stderr.String()
	for _, flag := range []string{"-addr", "-ops-addr", "-db", "-lifetime", "-idle-timeout", "-tls-cert", "-tls-key", "-secure-cookies", "-log-format", "-version"} {
		if !strings.Contains(said, "\n  "+flag+" ") && !strings.Contains(said, "\n  "+flag+"\n") {
			t.Errorf("-help does not explain %s", flag)
		}
	}
	if !strings.Contains(said, "TROLLEY_OPS_ADDR") {
		t.Error("-help names no environment variable")
	}
}
