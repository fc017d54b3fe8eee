package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"golang.org/x/term"

	"trolley/internal/inspector"
	"trolley/internal/store"
	"trolley/internal/web"
)

// entry returns the page of the inspector to open. It holds a secret that lets the browser
// in where it is shown on a terminal, and never where it could end in a journal.
func (p *program) entry(ctx context.Context, c config, stdout io.Writer) string {
	f, ok := stdout.(*os.File)
	if ok && term.IsTerminal(int(f.Fd())) && !strings.HasPrefix(c.opsAddr, unixPrefix) {
		secret, err := p.store.NewSecret(ctx)
		if err == nil {
			return inspector.EntryPath(secret)
		}
		p.site.Log.Warn("no link to the inspector", "error", err)
	}
	return "/sessions"
}

// announce prints where the shop is, and what to do next.
func announce(w io.Writer, c config, l listeners, entry string) {
	scheme := "http://"
	if c.tlsCert != "" {
		scheme = "https://"
	}
	fmt.Fprintf(w, "Shop       %s\n", reachable(scheme, c.addr, l.shop))
	if c.baseURL != "" {
		fmt.Fprintf(w, "Known as   %s, and by no other name\n", c.baseURL)
	}
	if l.ops != nil {
		fmt.Fprintf(w, "Inspector  %s\n", reachable("http://", c.opsAddr, l.ops)+entry)
	}
	fmt.Fprintf(w, "The table  %s\n", web.SessionsCommand(c.db, store.IsPostgres(c.db)))
	fmt.Fprintf(w, "Stop it    Ctrl-C, or kill -9 %d: no cart is lost\n", os.Getpid())
}

// reachable is what to type into a browser: the name that was asked for, with
// the port that was got.
func reachable(scheme, addr string, l net.Listener) string {
	if strings.HasPrefix(addr, unixPrefix) {
		return addr
	}
	host, _, _ := net.SplitHostPort(addr)              // net.Listen has read it
	_, port, _ := net.SplitHostPort(l.Addr().String()) // of a TCP address
	return scheme + net.JoinHostPort(cmp.Or(host, "localhost"), port)
}

// address is where a listener listens, "" for none.
func address(l net.Listener) string {
	if l == nil {
		return ""
	}
	return l.Addr().String()
}
