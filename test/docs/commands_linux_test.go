package docs

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"trolley/test/proctest"
	"trolley/tools/child"
)

// notRun are the commands that the test does not run, each with its reason.
var notRun = map[string]map[string]string{
	"README.md": {
		"bin/trolley-admin move URL":   "it needs a PostgreSQL: test/e2e moves a shop",
		"sudo apt install postgresql":  "it changes the machine",
		"make nodes":                   "it needs a terminal: test/e2e has shops of three nodes",
		"make test":                    "it runs this",
		"kill -9 PID":                  "restart below, with the number that was printed",
		"go run ./cmd/web      # in a": "start below, in the background",
		"go run ./cmd/web":             "restart below",
	},
	"docs/operating.md": {
		"podman ": "it needs podman: TestShopNeedsNothingInItsContainer has the program in the container's place",
		"curl -so /dev/null -w '%{http_code}\\n' -H 'Sec-Fetch-Site": "it needs a certificate of shop.example: cmd/web sends the same",
		"curl -so /dev/null -w '%{http_code}\\n' -H 'Origin":         "as above",
		"trolley-admin order ":              "it names an order: TestOrderIsListedShownAndCancelled",
		"trolley-admin cancel ":             "as above",
		"trolley-admin revoke sUkFjAE7exr_": "it names a session: cmd/trolley-admin has the same",
		"trolley-admin revoke -account":     "it names an account: TestAnOperatorLooksAfterAccounts",
		"trolley-admin passwd":              "as above",
		"trolley-admin export":              "as above",
	},
	"docs/scaling.md": {
		"createuser":                 "it asks for a password on a terminal, and names a server of yours",
		"createdb":                   "as above",
		"trolley -db postgres":       "as above",
		"systemctl stop trolley":     "the move: test/e2e moves a shop",
		"trolley-admin move":         "as above",
		"systemctl start trolley   ": "as above",
	},
	"docs/inspector.md": {},
}

// commands returns the lines of a document's blocks for a shell that can be run, and the
// files that it has an operator write, as a script.
func commands(t *testing.T, document string) string {
	t.Helper()
	var script strings.Builder
	left := make(map[string]bool)
	for begins := range notRun[document] {
		left[begins] = true
	}
	for _, b := range blocks(t, document) {
		if b.file != "" {
			fmt.Fprintf(&script, "cat > %s <<'END OF FILE'\n%sEND OF FILE\n", b.file, b.text)
		}
		fmt.Fprintln(&script, `cd "$checkout"`)
		for line := range strings.Lines(b.text) {
			run := b.language == "sh"
			for begins := range notRun[document] {
				if b.language == "sh" && strings.HasPrefix(line, begins) {
					run = false
					delete(left, begins)
				}
			}
			if run {
				fmt.Fprintf(&script, "echo '+' %q\n%s", strings.TrimSpace(line), line)
			}
		}
	}
	for begins := range left {
		t.Errorf("%s has no command %q: nothing to leave out", document, begins)
	}
	return script.String()
}

// machine makes a machine of its own of this one: nothing outside the checkout changes.
// Its systemctl starts and stops what the units say, without their restrictions.
const machine = `set -euo pipefail
ip link set lo up
for of in /var/lib /var/backups /usr/local/bin; do mount -t tmpfs none $of; done
cp -a /etc "$1/etc" && mount --bind "$1/etc" /etc
setting() { sed -n "s/^$2=//p" /etc/systemd/system/$1.service; }
as_unit() {
	cd /
	setting $1 Environment | sed 's/.*/export &/' > "$scratch/env"
	. "$scratch/env"
	exec setpriv --reuid trolley --regid trolley --clear-groups -- sh -c "exec $2"
}
systemctl() {
	case "$*" in
	*trolley-backup.timer) (as_unit trolley-backup "$(setting trolley-backup ExecStart | sed 's/\$\$/$/g; s/%%/%/g')") ;;
	stop*) kill $shop; wait $shop ;;
	restart*) systemctl stop; systemctl start ;;
	*) install -d -m 700 -o trolley -g trolley /var/lib/trolley; as_unit trolley "$(setting trolley ExecStart)" & shop=$! ;;
	esac
}
scratch=$1 checkout=$PWD
`

// A newcomer and an operator type what README and docs say, in this order. What is asked
// for is enough: no command fails.
func TestCommandsOfTheDocumentsRunAsTheyStand(t *testing.T) {
	proctest.NeedRoot(t)
	proctest.Need(t, "unshare", "ip", "setpriv", "curl", "sqlite3", "make", "git")
	dir, scratch := t.TempDir(), t.TempDir()
	run := func(script string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "unshare", "-mnpf", "--mount-proc", "--kill-child", "bash", "-c", machine+script, "docs", scratch)
		cmd.Dir = dir
		cmd.Env = append(child.Environ(), "CGO_ENABLED=0", "GOFLAGS=-trimpath") // as make build: all is compiled once
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Logf("%s", out)
	}
	if out, err := exec.Command("bash", "-c", `cd ../.. && git ls-files -z | tar -c --null -T - | tar -x -C "$0"`, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const start = `go run -buildvcs=false ./cmd/web > out & curl -sf --retry 99 --retry-delay 1 --retry-connrefused localhost:4000/healthz
`
	const restart = `kill -9 $(sed -n 's/.*kill -9 \([0-9]*\).*/\1/p' out); wait || true
` + start
	readme := commands(t, "README.md")
	readme = regexp.MustCompile(`\bFILE\b`).ReplaceAllString(readme, "copy.db")
	run(start + restart + readme)
	run(commands(t, "docs/operating.md") + commands(t, "docs/inspector.md"))
	commands(t, "docs/scaling.md")
}
