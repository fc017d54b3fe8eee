package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// connector opens the connections of one pool.
type connector struct {
	config   *pgx.ConnConfig
	patience time.Duration // how long a statement waits for the server
	places   *places

	proxied atomic.Bool  // a proxy gives each statement to another server process, where it is not prepared
	lostAt  atomic.Int64 // when a connection broke last, Unix nanoseconds
}

// Connect implements driver.Connector.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := c.open(ctx)
	if err == nil && !c.proxied.Load() && opened.isProxied(ctx) {
		c.proxied.Store(true)
		_ = opened.Close()
		opened, err = c.open(ctx)
	}
	switch {
	case err == nil:
		c.places.grow()
		return opened, nil
	case state(err) == stateTooMany && c.places.shrink():
		return nil, badConn(err) // database/sql then waits for one that is open
	}
	return nil, err
}

// Driver implements driver.Connector.
func (c *connector) Driver() driver.Driver { return stdlib.GetDefaultDriver() }

func (c *connector) open(ctx context.Context) (*conn, error) {
	opened := &conn{connector: c}
	config := *c.config
	mode := config.DefaultQueryExecMode
	if c.proxied.Load() && (mode == pgx.QueryExecModeCacheStatement || mode == pgx.QueryExecModeDescribeExec) {
		config.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	config.OnNotice = opened.notice
	// pgx cancels what it gives up by a second connection, which it gets here.
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if opened.settling.Load() {
			return nil, errNoCancel
		}
		return c.config.DialFunc(ctx, network, address)
	}
	made, err := stdlib.GetConnector(config, stdlib.OptionShouldPing(c.shouldPing)).Connect(ctx)
	if err != nil {
		return nil, err
	}
	opened.Conn = made.(*stdlib.Conn)
	return opened, nil
}

var errNoCancel = errors.New("a write is not cancelled")

// shouldPing looks for a sign of life of a connection that was idle for a second, or
// while another one broke: a server that restarts breaks all of them.
func (c *connector) shouldPing(_ context.Context, p stdlib.ShouldPingParams) bool {
	return p.IdleDuration > time.Second || time.Since(time.Unix(0, c.lostAt.Load())) < p.IdleDuration
}

// isProxied reports whether the server process is another one than the connection's:
// a proxy such as PgBouncer pools them, and may not know of prepared statements.
func (c *conn) isProxied(ctx context.Context) bool {
	own := c.Conn.Conn().PgConn()
	results, err := own.Exec(ctx, "SELECT pg_backend_pid()").ReadAll()
	return err == nil && len(results) == 1 && string(results[0].Rows[0][0]) != strconv.FormatUint(uint64(own.PID()), 10)
}
