package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"trolley/internal/inspector"
)

// config is what flags and environment variables say.
type config struct {
	addr, opsAddr, redirectAddr string
	baseURL                     string
	db                          string
	lifetime, idleTimeout       time.Duration
	tlsCert, tlsKey             string
	secureCookies               string
	logFormat                   string
	maxConnections              int
	version                     bool
}

// errUsage marks a command line, or an environment variable, that cannot be meant.
var errUsage = errors.New("trolley")

// parseConfig reads args; what they leave out, the environment may say: -ops-addr
// as TROLLEY_OPS_ADDR, and so on.
func parseConfig(args []string, getenv func(string) string, stderr io.Writer) (config, error) {
	var c config
	f := flag.NewFlagSet("trolley", flag.ContinueOnError)
	f.SetOutput(io.Discard) // the error says what is wrong, in one line
	f.StringVar(&c.addr, "addr", "localhost:4000", "serve the shop on `host:port`")
	f.StringVar(&c.opsAddr, "ops-addr", "localhost:4001", "serve inspector, metrics and profiles on `host:port`, loopback only; empty turns it off")
	f.StringVar(&c.db, "db", "trolley.db", "keep everything in the SQLite file at `path`, or in PostgreSQL: postgres://user:password@host/database")
	f.DurationVar(&c.lifetime, "lifetime", 720*time.Hour, "end a session `duration` after it began, whatever happens")
	f.DurationVar(&c.idleTimeout, "idle-timeout", 0, "end a session that was not used for `duration`; 0 turns it off")
	f.StringVar(&c.tlsCert, "tls-cert", "", "serve HTTPS with the certificate in `file` (PEM)")
	f.StringVar(&c.tlsKey, "tls-key", "", "the certificate's key, in `file` (PEM)")
	f.StringVar(&c.secureCookies, "secure-cookies", "auto", "send the cookie over HTTPS only: on, off, or auto (`mode`): on with -tls-cert or an https -base-url")
	f.StringVar(&c.baseURL, "base-url", "", "the shop's own address, https://shop.example as a `URL`: used for canonical links, and requests for other hosts are refused")
	f.StringVar(&c.redirectAddr, "redirect-addr", "", "send plain HTTP on `host:port` to -base-url; empty turns it off")
	f.StringVar(&c.logFormat, "log-format", "text", "log as text or json (`format`)")
	f.IntVar(&c.maxConnections, "max-connections", 16384, "let in `n` connections at a time, fewer than the process may open files; others wait")
	f.BoolVar(&c.version, "version", false, "print the version and stop")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			f.SetOutput(stderr)
			f.Usage()
			return c, err
		}
		return c, fmt.Errorf("%w: %v, see -help", errUsage, err)
	}
	if err := fromEnvironment(f, getenv); err != nil {
		return c, err
	}
	return c, c.check(f.Args())
}

// fromEnvironment sets the flags that the command line left alone.
func fromEnvironment(f *flag.FlagSet, getenv func(string) string) (err error) {
	given := make(map[string]bool)
	f.Visit(func(set *flag.Flag) { given[set.Name] = true })
	f.VisitAll(func(unset *flag.Flag) {
		name := "TROLLEY_" + strings.ToUpper(strings.ReplaceAll(unset.Name, "-", "_"))
		value := getenv(name)
		if given[unset.Name] || value == "" || err != nil {
			return
		}
		if f.Set(unset.Name, value) != nil {
			err = fmt.Errorf("%w: %s: %q is no value for -%s", errUsage, name, value, unset.Name)
		}
	})
	return err
}

func (c config) check(rest []string) error {
	oneOf := func(value string, values ...string) bool { return slices.Contains(values, value) }
	base, err := url.Parse(c.baseURL)
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%w: what is %q? There are flags only, see -help", errUsage, rest[0])
	case c.lifetime < time.Minute:
		return fmt.Errorf("%w: -lifetime %v is too short, a minute is the least", errUsage, c.lifetime)
	case c.idleTimeout < 0 || c.idleTimeout > 0 && c.idleTimeout < time.Second:
		return fmt.Errorf("%w: -idle-timeout %v: 0, or a second at least", errUsage, c.idleTimeout)
	case (c.tlsCert == "") != (c.tlsKey == ""):
		return fmt.Errorf("%w: -tls-cert and -tls-key go together", errUsage)
	case !oneOf(c.secureCookies, "auto", "on", "off"):
		return fmt.Errorf("%w: -secure-cookies %q: auto, on or off", errUsage, c.secureCookies)
	case c.secureCookies == "off" && c.tlsCert != "":
		return fmt.Errorf("%w: -secure-cookies off makes no sense with -tls-cert", errUsage)
	case c.maxConnections < 1:
		return fmt.Errorf("%w: -max-connections %d: at least 1", errUsage, c.maxConnections)
	case !oneOf(c.logFormat, "text", "json"):
		return fmt.Errorf("%w: -log-format %q: text or json", errUsage, c.logFormat)
	case c.baseURL != "" && (err != nil || base.Host == "" || !oneOf(c.baseURL, "http://"+base.Host, "https://"+base.Host)):
		return fmt.Errorf("%w: -base-url %q: like https://shop.example, without a path", errUsage, c.baseURL)
	case c.redirectAddr != "" && base.Scheme != "https":
		return fmt.Errorf("%w: -redirect-addr needs a -base-url that begins with https://", errUsage)
	}
	return checkLoopback(c.opsAddr)
}

// checkLoopback refuses to show the inspector to the network: it lists
// everybody's session and asks nobody for a password.
func checkLoopback(addr string) error {
	if addr == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil || !inspector.IsLoopback(host) {
		return fmt.Errorf("%w: -ops-addr %q: only localhost, 127.0.0.1 or [::1] with a port, since it shows every session", errUsage, addr)
	}
	return nil
}

// secure says whether browsers reach the shop over HTTPS.
func (c config) secure() bool {
	behindProxy := c.secureCookies == "auto" && strings.HasPrefix(c.baseURL, "https://")
	return c.secureCookies == "on" || c.tlsCert != "" || behindProxy
}
