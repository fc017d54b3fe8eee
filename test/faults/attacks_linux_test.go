package faults

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"trolley/test/blackbox"
)

// attacker is one client, at an address of its own behind the proxy that the shop trusts.
const attacker = "203.0.113.9"

const shoppers = "shoppers" // who only look

// attacks are what one of many connections of the attacker does, again and again. n
// differs each time.
var attacks = map[string]func(ctx context.Context, s *shop, n int64){
	// No attack, to compare with.
	shoppers: func(ctx context.Context, s *shop, _ int64) { s.attack(ctx, "/", "", nil) },
	// Each session is made by a form as large as can be.
	"memory": func(ctx context.Context, s *shop, n int64) {
		s.attack(ctx, "/session/values", "", blackbox.Form("key", "note", "value", strconv.FormatInt(n, 10), "pad", strings.Repeat("a", 60_000)))
	},
	// Forms that never end, as many as the protocol lets one connection begin.
	"HTTP/2 bodies": func(ctx context.Context, s *shop, _ int64) {
		const size = 16_000
		s.hold(ctx, func() (*http.Request, error) {
			body := io.MultiReader(strings.NewReader("sku="+strings.Repeat("a", size-len("sku="))), until(ctx.Done()))
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/cart/items", body)
			if err == nil {
				r.ContentLength = size + 1
			}
			return r, err
		})
	},
	"HTTP/2 resets": func(ctx context.Context, s *shop, n int64) {
		ctx, cancel := context.WithTimeout(ctx, time.Duration(n%8)*time.Millisecond)
		defer cancel()
		s.attack(ctx, "/?q=thing+"+strconv.FormatInt(n, 10), "", nil)
	},
	// They ask for as many pages, and take a byte of each.
	"HTTP/2 readers": func(ctx context.Context, s *shop, _ int64) {
		s.hold(ctx, func() (*http.Request, error) { return http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/", nil) })
	},
	// Each refusal is worth a line in the log.
	"log": func(ctx context.Context, s *shop, n int64) {
		s.attack(ctx, "/"+strings.Repeat("a", 12_000), "", nil, "Sec-Fetch-Site", "cross-site", "Content-Type", "text/plain")
		s.attack(ctx, "/cart/items", fmt.Sprintf("trolley_session=a%d; trolley_session=b", n), blackbox.Form("sku", "thing-1"))
		s.attack(ctx, "/cart/items", "", blackbox.Form("sku", "thing-1"), "Sec-Fetch-Site", "cross-site")
	},
	"sessions": func(ctx context.Context, s *shop, _ int64) {
		s.attack(ctx, "/cart/items", "", blackbox.Form("sku", "thing-1", "quantity", "1"))
		s.attack(ctx, "/checkout", "", blackbox.Form("name", strings.Repeat("n", 7_000), "email", strings.Repeat("e", 7_000)))
	},
	// They send one request and stay.
	"connections": func(ctx context.Context, s *shop, _ int64) {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.Host())
		if err != nil {
			return
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
		fmt.Fprintf(conn, "GET /healthz HTTP/1.1\r\nHost: %s\r\n\r\n", s.Host())
		_, _ = io.Copy(io.Discard, conn)
	},
	// Each page that is kept in memory has another address.
	"searches": func(ctx context.Context, s *shop, n int64) {
		q := url.QueryEscape(fmt.Sprint(n, strings.Repeat("é", 90)))
		s.attack(ctx, "/?q="+q, "", nil)
		s.attack(ctx, "/products/thing-1?added="+q+"&page="+strconv.FormatInt(n, 10), "", nil)
	},
	"cookies": func(ctx context.Context, s *shop, n int64) {
		s.attack(ctx, "/", strings.Repeat(fmt.Sprintf("c%d=1; ", n), 1_500), nil)
	},
	// From many networks, since each may try a password every two seconds.
	"sign-ins": func(ctx context.Context, s *shop, n int64) {
		s.attack(ctx, "/account/login", "", blackbox.Form("email", fmt.Sprintf("a%d@%s.example", n, strings.Repeat("d", 60)), "password", strings.Repeat("p", 1_000)),
			"X-Forwarded-For", fmt.Sprintf("2001:db8:%x:%x::1", n>>16, n&0xffff))
	},
	// They ask for many pages at once and read none.
	"readers": func(ctx context.Context, s *shop, _ int64) {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.Host())
		if err != nil {
			return
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
		_ = conn.(*net.TCPConn).SetReadBuffer(1 << 12)
		_, _ = conn.Write([]byte(strings.Repeat("GET / HTTP/1.1\r\nHost: "+s.Host()+"\r\nRange: bytes=0-,0-,0-\r\nUpgrade: h2c\r\n\r\n", 1_000)))
		_, _ = bufio.NewReader(conn).ReadByte()
		<-ctx.Done()
	},
}

// attack sends a request of the attacker, a POST where fields is not nil, and reads the
// answer, whatever it is.
func (s *shop) attack(ctx context.Context, path, cookie string, fields url.Values, header ...string) {
	method := http.MethodGet
	if fields != nil {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, s.URL+path, strings.NewReader(fields.Encode()))
	if err != nil {
		return
	}
	header = append([]string{"X-Forwarded-For", attacker, "Content-Type", "application/x-www-form-urlencoded", "Cookie", cookie}, header...)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if response, err := s.Client.Do(r); err == nil {
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
}

// hold sends, on a connection of its own, as many requests at a time as the shop takes,
// and keeps those that are answered with a page.
func (s *shop) hold(ctx context.Context, newRequest func() (*http.Request, error)) {
	transport := &http.Transport{TLSClientConfig: s.Client.Transport.(*http.Transport).TLSClientConfig.Clone(), ForceAttemptHTTP2: true,
		HTTP2: &http.HTTP2Config{MaxReceiveBufferPerStream: 1}}
	defer transport.CloseIdleConnections()
	const streams = 100
	var sent sync.WaitGroup
	for range streams {
		sent.Go(func() {
			r, err := newRequest()
			if err != nil {
				return
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("X-Forwarded-For", attacker)
			response, err := transport.RoundTrip(r)
			if err != nil {
				return
			}
			if response.StatusCode == http.StatusOK {
				<-ctx.Done()
			}
			response.Body.Close()
		})
	}
	sent.Wait()
}

// until is a body that does not end before.
type until <-chan struct{}

func (u until) Read([]byte) (int, error) {
	<-u
	return 0, io.ErrUnexpectedEOF
}
