package e2e

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"trolley/test/blackbox"
	"trolley/test/proctest"
)

// sqlite3 runs the shell, as people do while the shop is open.
func sqlite3(t testing.TB, db, statement string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "sqlite3", db, statement).CombinedOutput()
	if err != nil {
		t.Fatalf("sqlite3: %v\n%s", err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

func TestSQLiteShellShowsTheCartsOfARunningShop(t *testing.T) {
	t.Parallel()
	proctest.Need(t, "sqlite3")
	s := start(t, blackbox.NewDB(t))
	ada := s.begin(t, "enamel-mug", "enamel-mug", "notebook")
	bob := s.begin(t, "tote")
	name := func(cookie string) string { return blackbox.RowToken(cookie)[:12] }
	want := []string{
		name(ada) + "|enamel-mug|2|1850",
		name(ada) + "|notebook|1|1400",
		name(bob) + "|tote|1|1600",
	}
	var got []string
	for _, line := range sqlite3(t, s.DB, "SELECT * FROM session_carts") {
		got = append(got, line[:max(0, strings.LastIndex(line, "|"))]) // without the end of the session
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("SELECT * FROM session_carts shows\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestEditsWithTheSQLiteShellShowWithinASecond(t *testing.T) {
	t.Parallel()
	proctest.Need(t, "sqlite3")
	s := start(t, blackbox.NewDB(t))
	cookie := s.begin(t, "notebook")
	for _, edit := range []struct{ statement, path, shows string }{
		{"UPDATE products SET price = 2345 WHERE sku = 'enamel-mug'", "/products/enamel-mug", "23.45"},
		{"UPDATE products SET price = 2468 WHERE sku = 'enamel-mug'", "/", "24.68"},
		{"UPDATE products SET price = 1357 WHERE sku = 'notebook'", "/cart", "13.57"},
		{"UPDATE products SET stock = 2 WHERE sku = 'enamel-mug'", "/products/enamel-mug", "2 left"},
		{"UPDATE products SET name = 'Dented mug' WHERE sku = 'enamel-mug'", "/?q=dented", "Dented mug"},
		{"INSERT INTO products (sku, name, description, category, price, stock) VALUES ('brick', 'Brick', '', 'desk', 300, 9)", "/products/brick", "Brick"},
	} {
		if before := s.get(t, edit.path, cookie); strings.Contains(before.Body, edit.shows) {
			t.Fatalf("%s shows %q before the edit", edit.path, edit.shows)
		}
		sqlite3(t, s.DB, edit.statement)
		edited := time.Now()
		for {
			asked := time.Now()
			if strings.Contains(s.get(t, edit.path, cookie).Body, edit.shows) {
				break
			}
			if asked.Sub(edited) > time.Second {
				t.Errorf("a second after %s, %s does not show %q", edit.statement, edit.path, edit.shows)
				break
			}
		}
	}
}
