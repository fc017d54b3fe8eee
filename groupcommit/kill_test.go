package groupcommit

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// killedFile names the file that a child process writes to.
const killedFile = "GROUPCOMMIT_KILLED_FILE"

// TestKilledChild is the process that is killed: not a test of its own.
func TestKilledChild(t *testing.T) {
	name := os.Getenv(killedFile)
	if name == "" {
		t.Skip("it is run by TestAcknowledgedTransactionsSurviveKill")
	}
	db, g := openGroup(t, connector(t, name, "_synchronous=FULL"), patient)
	for i := range 8 {
		go func() {
			for n := 0; ; n++ {
				who := fmt.Sprintf("%d-%d", i, n)
				undo := n%5 == 4
				c := &txCall{who: who, rollback: undo}
				err := c.do(db)
				switch {
				case err != nil:
					fmt.Printf("error %s: %v\n", who, err)
				case undo:
					fmt.Printf("undone %s\n", who)
				default:
					fmt.Printf("kept %s\n", who)
				}
				if s := g.Stats(); undo && s.TxCommits < s.Transactions/2 {
					fmt.Println("shared some")
				}
			}
		}()
	}
	select {}
}

func TestAcknowledgedTransactionsSurviveKill(t *testing.T) {
	t.Parallel()
	name := newFile(t)
	ctx, kill := context.WithCancel(t.Context()) // sends SIGKILL
	defer kill()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestKilledChild$")
	child.Env = append(os.Environ(), killedFile+"="+name)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		what, who, _ := strings.Cut(lines.Text(), " ")
		if said[who] = what; what == "error" {
			t.Error(lines.Text())
		}
		if len(said) == 2000 {
			kill()
		}
	}
	child.Wait()
	if said["some"] != "shared" {
		t.Error("no transactions shared a commit")
	}
	plain := openPlain(t, name, "")
	for who, what := range said {
		want := map[string]int{"kept": 1, "undone": 0}
		if n, acknowledged := want[what]; acknowledged && count(t, plain, who) != n {
			t.Errorf("%s %s: %d rows", what, who, count(t, plain, who))
		}
	}
}
