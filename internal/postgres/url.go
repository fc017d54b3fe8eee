package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"trolley/internal/query"
)

// config is what a postgres:// URL asks for.
type config struct {
	conn *pgx.ConnConfig
	size int // connections of the pool, at most
}

// defaultPool is the most connections that a node opens unless its URL says
// otherwise. They wait for the server's disk more than for this machine: on two
// cores, adds per second were 670 with 4, 1,500 to 2,300 with 8, 2,100 to 2,800
// with 16, and no more with 32. A PostgreSQL of default settings takes 97 of all
// nodes together.
const defaultPool = 16

// How long to wait for the server. A statement of the shop takes milliseconds;
// a shopper who waits for 2 seconds is better told to try again.
const (
	connectWithin   = 1500 * time.Millisecond // for a connection, all hosts together
	statementWithin = 1500 * time.Millisecond // for an answer, before it is told to stop
	longTime        = 24 * time.Hour          // the same, for an operator's command
	pingWithin      = 500 * time.Millisecond  // for a sign of life, of a server that was told to stop or a connection that was idle
)

// What a shop, and an operator's command, are called in pg_stat_activity.
const (
	appName   = "trolley"
	adminName = "trolley-admin"
)

// runtimeSettings are those of the server's own for each connection, in
// milliseconds; the URL may say otherwise. They are shorter than
// statementWithin, so that a server that works ends a statement itself and the
// connection stays. The last one frees the rows that a dead node had locked.
var runtimeSettings = map[string]string{
	"application_name":                    appName,
	"statement_timeout":                   "1400",
	"lock_timeout":                        "1200",
	"idle_in_transaction_session_timeout": "10000",
	"standard_conforming_strings":         "on", // a backslash in a literal is one
}

// parse reads a URL as pgx does, https://pkg.go.dev/github.com/jackc/pgx/v5/pgconn#ParseConfig,
// with one parameter more, pool_max_conns. A server that only reads is no use to
// the shop, so that of several hosts the one that can be written to is taken:
// target_session_attrs=read-write is the default. No error shows the password.
func parse(dsn string) (*config, error) {
	conn, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, badURL(err)
	}
	size, err := poolSize(conn.RuntimeParams)
	if err != nil {
		return nil, err
	}
	for name, value := range runtimeSettings {
		if _, ok := conn.RuntimeParams[name]; !ok {
			conn.RuntimeParams[name] = value
		}
	}
	if conn.ValidateConnect == nil {
		conn.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	if conn.ConnectTimeout == 0 {
		conn.ConnectTimeout = connectWithin / time.Duration(len(hosts(conn)))
	}
	conn.BuildContextWatcherHandler = cancelFirst
	return &config{conn, size}, nil
}

// IsURL reports whether dsn names a PostgreSQL database.
func IsURL(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// badURL says what is wrong with a URL without showing it.
func badURL(err error) error {
	const advice = "the database's URL cannot be read: it is like postgres://user:password@host:5432/database"
	if reason := errors.Unwrap(err); reason != nil {
		return fmt.Errorf("%s: %w", advice, reason)
	}
	return errors.New(advice)
}

// poolSize takes pool_max_conns out of params, which are sent to the server.
func poolSize(params map[string]string) (int, error) {
	const name = "pool_max_conns"
	given, ok := params[name]
	delete(params, name)
	if !ok {
		return defaultPool, nil
	}
	n, err := strconv.Atoi(given)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("the database's URL has %s=%s: a number of connections, 1 or more", name, given)
	}
	return n, nil
}

// hosts returns the servers of c, in the order in which they are tried. TLS and
// the lack of it are two attempts at one.
func hosts(c *pgx.ConnConfig) []string {
	at := func(host string, port uint16) string { return host + ":" + strconv.Itoa(int(port)) }
	servers := []string{at(c.Host, c.Port)}
	for _, f := range c.Fallbacks {
		if s := at(f.Host, f.Port); s != servers[len(servers)-1] {
			servers = append(servers, s)
		}
	}
	return servers
}

// cancelFirst cancels an abandoned statement on the server. By default pgx drops
// the connection, so that a slow moment would cost all connections, and make it slower.
func cancelFirst(c *pgconn.PgConn) ctxwatch.Handler {
	return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: pingWithin}
}

func (c *config) name() string {
	return "postgres://" + strings.Join(hosts(c.conn), ",") + "/" + c.conn.Database
}

// open opens no connection yet. Those that its pools keep are as many as they open,
// each for half an hour: a server that was added then gets its share.
func (c *config) open() *DB {
	p := newPool(c.conn, c.size, statementWithin)
	p.pool.SetConnMaxLifetime(30 * time.Minute)
	p.pool.SetConnMaxIdleTime(5 * time.Minute)
	write := sql.OpenDB(p)
	write.SetMaxOpenConns(max(1, c.size*3/4))
	write.SetMaxIdleConns(-1)
	return &DB{write, p.pool, c.name(), p}
}

func newPool(c *pgx.ConnConfig, size int, patience time.Duration) *places {
	p := &places{size: size, unknown: make(map[*conn]struct{})}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.pool = sql.OpenDB(&connector{config: c, patience: patience, places: p})
	p.resize()
	return p
}

// admin is open for an operator's command, whose statements may take long: one
// connection works while another holds a lock.
func (c *config) admin(name string) *DB {
	conn := c.conn.Copy()
	conn.RuntimeParams["application_name"] = name
	conn.RuntimeParams["statement_timeout"] = "0"
	conn.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	conn.RuntimeParams["lock_timeout"] = strconv.FormatInt(migrationTimeout.Milliseconds(), 10)
	p := newPool(conn, 2, longTime)
	return &DB{p.pool, p.pool, c.name(), p}
}

// Serving returns how many connections of shops the server has open to the database
// of q, as far as it tells: it tells everything to the user whom both use.
func Serving(ctx context.Context, q query.Querier) (int, error) {
	const shops = `
SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1`
	return query.One(ctx, q, query.Int, shops, appName)
}
