package web

import (
	"strings"
	"testing"
)

func TestTheShellCommandHoldsNoPassword(t *testing.T) {
	t.Parallel()
	const secret = "s3cret"
	for database, want := range map[string]string{
		"trolley.db":                           "sqlite3 trolley.db",
		"my shop.db":                           "sqlite3 'my shop.db'",
		"postgres://localhost/shop":            "psql postgres://localhost/shop -c",
		"postgres://ada@localhost/shop":        "psql 'postgres://ada@localhost/shop' -c",
		"postgres://ada:s3cret@localhost/shop": "psql 'postgres://ada@localhost/shop' -c",
		"postgres://ada:s3cret@h1:5432,h2:5433/shop?target_session_attrs=read-write": "psql 'postgres://ada@h1:5432,h2:5433/shop?target_session_attrs=read-write' -c",
		"postgresql://ada:s3c@ret:s3cret@localhost/shop":                             "psql 'postgresql://ada@localhost/shop' -c",
		"postgres:///shop?host=/run/postgresql&user=ada&password=s3cret":             "psql 'postgres:///shop?host=/run/postgresql&user=ada' -c",
		"postgres:///shop?pass%77ord=s3cret&pool_max_conns=5&statement_timeout=1000": "psql postgres:///shop -c",
		"postgres://localhost/it's?sslmode=require":                                  `psql 'postgres://localhost/it'\''s?sslmode=require' -c`,
	} {
		got := SessionsCommand(database, strings.HasPrefix(database, "postgres"))
		if !strings.HasPrefix(got, want+" ") || !strings.HasSuffix(got, " 'SELECT * FROM session_carts'") {
			t.Errorf("for %s: %s, want %s ...", database, got, want)
		}
		if strings.Contains(got, secret) {
			t.Errorf("for %s: %s", database, got)
		}
	}
}
