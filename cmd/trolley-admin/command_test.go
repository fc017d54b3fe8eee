package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// said is a command line and what must come of it.
type said struct {
	args   string
	code   int
	stdout string // in it; "" for nothing at all
	stderr string // in it; "" for nothing at all
}

func TestCommandLines(t *testing.T) {
	t.Parallel()
	db := usedShop(t)
	for _, s := range []said{
		{"", 2, "", "missing command; one of: backup, verify, sessions, revoke, move"},
		{"-help", 0, "examples:", ""},
		{"-h", 0, "exit codes:", ""},
		{"-version", 0, "trolley-admin ", ""},
		{"frobnicate", 2, "", `unknown command "frobnicate"; one of: backup, verify, sessions, revoke, move`},
		{"-frobnicate", 2, "", "-frobnicate, see -help"},
		{"backup", 2, "", "one file"},
		{"backup a b", 2, "", "one file"},
		{"backup -forse a", 2, "", "-forse, see backup -help"},
		{"backup -help", 0, "To restore:", ""},
		{"backup DB", 1, "", "is the database itself"},
		{"backup -force DB", 1, "", "is the database itself"},
		{"backup nowhere/backup.db", 1, "", "there is no folder"},
		{"verify", 0, "promises hold", ""},
		{"verify DB", 0, "promises hold", ""},
		{"verify DB DB", 2, "", "one file"},
		{"verify nowhere.db", 1, "", "there is no file"},
		{"-db nowhere.db verify", 1, "", "there is no file"},
		{"verify -db nowhere.db", 1, "", "there is no file"},
		{"-db mysql://u:p@h/d verify", 2, "", "another kind of database"},
		{"verify -db host=db1", 2, "", "postgres://"},
		{"sessions", 0, "2 of 2 alive", ""},
		{"sessions -limit 1", 0, "1 of 2 alive", ""},
		{"sessions -limit 0", 2, "", "one session or more"},
		{"sessions -limit one", 2, "", "invalid value"},
		{"sessions please", 2, "", "no operands"},
		{"revoke", 2, "", "the name of one session"},
		{"revoke abcde", 2, "", "6 to 43 characters"},
		{"revoke nobody", 1, "", "no session begins with nobody"},
		{"revoke -nobody", 1, "", "no session begins with -nobody"},
		{"revoke -- -nobody", 1, "", "no session begins with -nobody"},
		{"revoke -all", 2, "", "add -yes"},
		{"revoke -all -yes nobody", 2, "", "or -all"},
		{"revoke --help", 0, "usage: trolley-admin revoke", ""},
		{"move", 2, "", "to move the shop to"},
		{"move a b c", 2, "", "to move the shop to"},
		{"move DB", 1, "", "PostgreSQL only"},
		{"move nowhere.db postgres://localhost/x", 1, "", "there is no file"},
		{"move -help", 0, "[FROM] TO", ""},
	} {
		d := admin(t, db, strings.Fields(strings.ReplaceAll(s.args, "DB", db))...)
		fits := func(got, want string) bool { return strings.Contains(got, want) && (want != "" || got == "") }
		if d.code != s.code || !fits(d.stdout, s.stdout) || !fits(d.stderr, s.stderr) {
			t.Errorf("trolley-admin %s: exit code %d, want %d\n%s%s", s.args, d.code, s.code, d.stdout, d.stderr)
		}
		if strings.Count(d.stderr, "\n") > 1 {
			t.Errorf("trolley-admin %s says more than a line:\n%s", s.args, d.stderr)
		}
	}
}

// fullDisk takes no output.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestACommandWhoseOutputIsLostFails(t *testing.T) {
	t.Parallel()
	db := usedShop(t)
	number, _, _ := strings.Cut(strings.Fields(must(t, admin(t, db, "orders", "-csv")).stdout)[1], ",")
	for _, args := range [][]string{
		{"-version"}, {"-help"}, {"verify", "-help"}, {"verify"}, {"sessions"}, {"sessions", "-json"},
		{"orders"}, {"orders", "-json"}, {"orders", "-csv"}, {"order", number}, {"cancel", number},
		{"stock", "enamel-mug"}, {"stock", "enamel-mug", "+1"}, {"inspector"}, {"export", "ada@example.com"},
		{"backup", "-"}, {"backup", filepath.Join(t.TempDir(), "backup.db")}, {"erase", "ada@example.com"}, {"revoke", "-all", "-yes"},
	} {
		var stderr bytes.Buffer
		code := run(t.Context(), append([]string{"-db", db}, args...), env{
			getenv: func(string) string { return "" }, stdout: fullDisk{}, stderr: &stderr, now: time.Now,
		})
		if said := strings.Count(stderr.String(), "trolley-admin: the output is lost: "); code != exitFailed || said != 1 {
			t.Errorf("trolley-admin %v: exit code %d\n%s", args, code, stderr.String())
		}
	}
}

func TestTheDatabaseIsNamedAsForTheShop(t *testing.T) {
	t.Parallel()
	db := usedShop(t)
	for name, d := range map[string]done{
		"TROLLEY_DB":               adminWith(t, map[string]string{"TROLLEY_DB": db}, "verify"),
		"-db before the command":   adminWith(t, map[string]string{"TROLLEY_DB": "nowhere.db"}, "-db", db, "verify"),
		"-db after the command":    adminWith(t, nil, "sessions", "-db="+db),
		"file: before the path":    adminWith(t, nil, "-db", "file:"+db, "verify"),
		"-limit after the operand": adminWith(t, nil, "sessions", "-db", db, "-limit", "1"),
	} {
		if d.code != 0 {
			t.Errorf("%s: %+v", name, d)
		}
	}
	d := adminWith(t, nil, "verify")
	if d.code != 1 || !strings.Contains(d.stderr, "trolley.db") {
		t.Errorf("without a name: %+v, want trolley.db", d)
	}
}

func TestABackupIsRefusedWithoutForce(t *testing.T) {
	t.Parallel()
	db, to := usedShop(t), filepath.Join(t.TempDir(), "backup.db")
	if d := must(t, admin(t, db, "backup", to)); !strings.HasPrefix(d.stdout, to+": ") || !strings.HasSuffix(d.stdout, ", checked\n") {
		t.Errorf("it said %q", d.stdout)
	}
	if d := admin(t, db, "backup", to); d.code != 1 || !strings.Contains(d.stderr, "-force") {
		t.Errorf("a second one: %+v", d)
	}
	must(t, admin(t, db, "backup", to, "-force"))
	info, err := os.Stat(to)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup: %v, %v", info, err)
	}
}

func TestABackupOfPostgresPointsToItsOwnTool(t *testing.T) {
	t.Parallel()
	const secret = "h1dden"
	d := adminWith(t, nil, "-db", "postgres://shop:"+secret+"@localhost/shop", "backup", "x.db")
	if d.code != 1 || !strings.Contains(d.stderr, "pg_dump") || strings.Contains(d.stderr, secret) {
		t.Errorf("%+v", d)
	}
}

// The help of the program lists every command as that command's own help does.
func TestTheHelpListsEveryCommand(t *testing.T) {
	t.Parallel()
	listed := must(t, adminWith(t, nil, "-help")).stdout
	for _, c := range commands() {
		own := must(t, adminWith(t, nil, c.name, "-help")).stdout
		first, rest, _ := strings.Cut(own, "\n")
		about := strings.TrimPrefix(first, c.name+": ")
		if about == first || !strings.Contains(listed, "  "+about+"\n") || !strings.Contains(rest, "\nusage: trolley-admin "+c.name) {
			t.Errorf("the help of %s says\n%sand that of the program\n%s", c.name, own, listed)
		}
	}
}
