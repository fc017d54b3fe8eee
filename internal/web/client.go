package web

import (
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
)

// Proxies are the reverse proxies whose word on a client's address counts.
type Proxies struct {
	Trusted []netip.Prefix
	told    atomic.Bool // that a proxy is not among them
}

// Trust reports whether addr is a trusted proxy's.
func (p *Proxies) Trust(addr netip.Addr) bool {
	return slices.ContainsFunc(p.Trusted, func(of netip.Prefix) bool { return of.Contains(addr) })
}

// Peer returns the address at the other end of a connection. The other end of a Unix
// socket has none, and is on this machine.
func Peer(remote string) netip.Addr {
	if at, err := netip.ParseAddrPort(remote); err == nil {
		return at.Addr().Unmap().WithZone("")
	}
	return netip.AddrFrom4([4]byte{127, 0, 0, 1})
}

// Client returns the address of the client of a request: that of the connection, or,
// where a trusted proxy has sent it, the last one in X-Forwarded-For that is not a
// trusted proxy's.
func (p *Proxies) Client(r *http.Request) netip.Addr {
	client := Peer(r.RemoteAddr)
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil || !p.Trust(client) {
			break
		}
		client = addr.Unmap().WithZone("")
	}
	return client
}

// Network returns what of an address one client can have all of: of IPv6 the /64.
func Network(addr netip.Addr) netip.Addr {
	if addr.Is6() {
		network, _ := addr.Prefix(64)
		return network.Addr()
	}
	return addr
}

// ClientNetwork names the client of a request: see Client and Network.
func (p *Proxies) ClientNetwork(r *http.Request) string { return Network(p.Client(r)).String() }

// tell warns once of a proxy that is not trusted: all of its visitors are one client.
func (p *Proxies) tell(r *http.Request, log *slog.Logger) {
	forwarded := r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != ""
	if peer := Peer(r.RemoteAddr); forwarded && !p.Trust(peer) && p.told.CompareAndSwap(false, true) {
		log.WarnContext(r.Context(), "proxy not trusted", "address", peer.String(),
			"error", "it names clients in X-Forwarded-For, which counts only with -trusted-proxies")
	}
}
