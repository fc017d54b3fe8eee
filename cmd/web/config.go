package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	"trolley/internal/inspector"
	"trolley/internal/store"
)

// config is what flags and environment variables say.
type config struct {
	addr, opsAddr, metricsAddr, redirectAddr string
	baseURL, notice                          string
	db                                       string
	lifetime, idleTimeout                    time.Duration
	tlsCert, tlsKey                          string
	secureCookies                            string
	hstsSubdomains                           bool
	trustedProxies                           proxies
	drain                                    time.Duration
	logFormat                                string
	logLevel                                 slog.Level
	wait                                     time.Duration
	accessLog                                bool
	maxConnections                           int
	ask, version                             bool
}

// errUsage marks a command line, or an environment variable, that cannot be meant.
var errUsage = errors.New("trolley")

// parseConfig reads args; what they leave out, environ may say: -ops-addr as
// TROLLEY_OPS_ADDR, and so on.
func parseConfig(args, environ []string, stderr io.Writer) (config, error) {
	var c config
	f := c.flags()
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			f.SetOutput(stderr)
			f.Usage()
			fmt.Fprintln(stderr, "\nThe environment variable TROLLEY_OPS_ADDR stands for -ops-addr, and so on; a flag wins.")
			return c, err
		}
		return c, fmt.Errorf("%w: %v, see -help", errUsage, err)
	}
	if err := fromEnvironment(f, environ); err != nil {
		return c, err
	}
	if len(c.trustedProxies) > 0 && !given(f)["drain"] {
		c.drain = proxyDrain
	}
	return c, c.check(f.Args())
}

// proxyDrain is how long a proxy has by default to learn that the shop stops.
const proxyDrain = 3 * time.Second

func (c *config) flags() *flag.FlagSet {
	f := flag.NewFlagSet("trolley", flag.ContinueOnError)
	f.SetOutput(io.Discard) // the error says what is wrong, in one line
	f.StringVar(&c.addr, "addr", "localhost:4000", "serve the shop on `host:port`, or on a Unix socket: unix:/path")
	f.StringVar(&c.opsAddr, "ops-addr", "localhost:4001", "serve inspector, metrics and profiles on `host:port`, loopback only, or on unix:/path; empty turns it off")
	f.StringVar(&c.metricsAddr, "metrics-addr", "", "serve /metrics, /readyz and /healthz, and nothing of a visitor, on `host:port` or unix:/path, for balancers and monitors on other machines; empty turns it off")
	f.StringVar(&c.db, "db", "trolley.db", "keep everything in the SQLite file at `path`, or in PostgreSQL: postgres://user:password@host/database")
	f.DurationVar(&c.lifetime, "lifetime", 720*time.Hour, "end a session `duration` after it began, whatever happens")
	f.DurationVar(&c.idleTimeout, "idle-timeout", 0, "end a session that was not used for `duration`; 0 turns it off")
	f.StringVar(&c.tlsCert, "tls-cert", "", "serve HTTPS with the certificate in `file` (PEM)")
	f.StringVar(&c.tlsKey, "tls-key", "", "the certificate's key, in `file` (PEM)")
	f.StringVar(&c.secureCookies, "secure-cookies", "auto", "send the cookie over HTTPS only: on, off, or auto (`mode`): on with -tls-cert or an https -base-url")
	f.BoolVar(&c.hstsSubdomains, "hsts-subdomains", false, "tell browsers to use HTTPS for all subdomains of the shop's host as well")
	f.StringVar(&c.baseURL, "base-url", "", "the shop's own address, https://shop.example as a `URL`: used for canonical links, and requests for other hosts are refused")
	f.StringVar(&c.notice, "notice", "This is a demonstration: nothing is sent, and nothing is charged.", "show `text` about delivery, tax and returns on every page, at the checkout and on receipts; empty turns it off")
	f.StringVar(&c.redirectAddr, "redirect-addr", "", "send plain HTTP on `host:port` to -base-url; empty turns it off")
	f.Var(&c.trustedProxies, "trusted-proxies", "believe the X-Forwarded-For and X-Request-ID of these `networks`, such as 127.0.0.1,10.0.0.0/8")
	f.DurationVar(&c.drain, "drain", 0, "keep serving for `duration` after the signal to stop, while /healthz says so; 3s by default with -trusted-proxies")
	f.StringVar(&c.logFormat, "log-format", "text", "log as text or json (`format`)")
	f.DurationVar(&c.wait, "wait", time.Minute, "at the start, wait up to `duration` for PostgreSQL")
	f.TextVar(&c.logLevel, "log-level", slog.LevelInfo, "log from this `level` on: debug, info, warn or error")
	f.BoolVar(&c.accessLog, "access-log", false, "log every request, with the client's address")
	f.IntVar(&c.maxConnections, "max-connections", 16384, "accept `n` connections at a time, then close the one that is idle longest; keep it below the limit of open files")
	f.BoolVar(&c.ask, "check", false, "ask the shop that runs with the same flags whether it is ready, and stop: 0 if it is, 1 if not")
	f.BoolVar(&c.version, "version", false, "print the version and stop")
	return f
}

// given are the flags that have been set.
func given(f *flag.FlagSet) map[string]bool {
	names := make(map[string]bool)
	f.Visit(func(set *flag.Flag) { names[set.Name] = true })
	return names
}

// fromEnvironment sets the flags that the command line left alone. An empty variable
// turns off what a flag can turn off, and otherwise means the default.
func fromEnvironment(f *flag.FlagSet, environ []string) error {
	const prefix = "TROLLEY_"
	byFlag := given(f)
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		option := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, prefix), "_", "-"))
		switch {
		case f.Lookup(option) == nil:
			return fmt.Errorf("%w: %s: there is no flag -%s, see -help", errUsage, name, option)
		case byFlag[option] || value == "" && option != "ops-addr" && option != "notice":
		case f.Set(option, value) != nil:
			return fmt.Errorf("%w: %s: %q is no value for -%s", errUsage, name, value, option)
		}
	}
	return nil
}

func (c *config) check(rest []string) error {
	base, badURL := normalURL(c.baseURL)
	badName := store.CheckName(c.db)
	for _, rule := range []struct {
		broken  bool
		problem string
	}{
		{len(rest) > 0, fmt.Sprintf("what is %q? There are flags only, see -help", strings.Join(rest, " "))},
		{c.addr == "", `-addr "": like localhost:4000`},
		{c.lifetime < time.Minute, fmt.Sprintf("-lifetime %v is too short, a minute is the least", c.lifetime)},
		{c.idleTimeout < 0 || c.idleTimeout > 0 && c.idleTimeout < time.Second, fmt.Sprintf("-idle-timeout %v: 0, or a second at least", c.idleTimeout)},
		{c.drain < 0 || c.drain > time.Minute, fmt.Sprintf("-drain %v: from 0 to a minute", c.drain)},
		{(c.tlsCert == "") != (c.tlsKey == ""), "-tls-cert and -tls-key go together"},
		{!slices.Contains([]string{"auto", "on", "off"}, c.secureCookies), fmt.Sprintf("-secure-cookies %q: auto, on or off", c.secureCookies)},
		{c.secureCookies == "off" && c.tlsCert != "", "-secure-cookies off makes no sense with -tls-cert"},
		{c.maxConnections < 1, fmt.Sprintf("-max-connections %d: at least 1", c.maxConnections)},
		{!slices.Contains([]string{"text", "json"}, c.logFormat), fmt.Sprintf("-log-format %q: text or json", c.logFormat)},
		{badURL != nil, fmt.Sprintf("-base-url %q: %v", c.baseURL, badURL)},
		{c.redirectAddr != "" && !strings.HasPrefix(base, "https://"), "-redirect-addr needs a -base-url that begins with https://"},
		{badName != nil, fmt.Sprintf("-db: %v", badName)},
		{!staysHere(c.opsAddr), fmt.Sprintf("-ops-addr %q: only unix:/path, or localhost, 127.0.0.1 or [::1] with a port, since it shows every session", c.opsAddr)},
	} {
		if rule.broken {
			return fmt.Errorf("%w: %s", errUsage, rule.problem)
		}
	}
	c.baseURL = base
	return nil
}

// staysHere reports whether an address of the inspector does not show it to the network.
func staysHere(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	return addr == "" || strings.HasPrefix(addr, unixPrefix) || err == nil && inspector.IsLoopback(host)
}

// secure says whether browsers reach the shop over HTTPS.
func (c config) secure() bool {
	behindProxy := c.secureCookies == "auto" && strings.HasPrefix(c.baseURL, "https://")
	return c.secureCookies == "on" || c.tlsCert != "" || behindProxy
}
