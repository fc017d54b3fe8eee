// Package loadbalancer is a plain load balancer, for tests and for trying the shop on
// several nodes at home. It sends each request, not each connection, to the next
// node, so that one browser is served by all of them in turn. It knows nothing of
// sessions, and does no TLS, no health checks and no weights: in production take
// HAProxy, nginx, or what the platform has.
package loadbalancer

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"sync/atomic"
	"time"
)

// servedBy is the header of an answer that names the node it came from.
const servedBy = "X-Served-By"

// New returns a handler that serves from nodes, each a host:port, in turn. A node
// that cannot be reached is left out of the turn, and the next one gets the
// request, of which nothing was sent yet. Where a node breaks off, its request
// may have been carried out and is not sent again: the answer is 502, as it is
// where no node can be reached. Each answer says in X-Served-By whose it is.
func New(nodes ...string) http.Handler {
	return &httputil.ReverseProxy{
		// The nodes see the host that the browser asked for.
		Rewrite:   func(r *httputil.ProxyRequest) { r.Out.Host = r.In.Host },
		Transport: &balancer{nodes: nodes, transport: newTransport()},
		ModifyResponse: func(r *http.Response) error {
			r.Header.Set(servedBy, r.Request.URL.Host)
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "front: "+err.Error(), http.StatusBadGateway)
		},
	}
}

func newTransport() *http.Transport {
	const perNode = 256 // connections that are kept
	return &http.Transport{
		MaxIdleConnsPerHost:   perNode,
		DisableCompression:    true,        // what is compressed stays so
		ExpectContinueTimeout: time.Minute, // a body that waits for the node's word waits for it
	}
}

// balancer is a round tripper to several nodes.
type balancer struct {
	nodes     []string
	transport *http.Transport
	turn      atomic.Uint64
}

var errNoNode = errors.New("no node can be reached")

// RoundTrip implements http.RoundTripper.
func (b *balancer) RoundTrip(r *http.Request) (*http.Response, error) {
	err := errNoNode
	first := b.turn.Add(1) - 1
	for i := range uint64(len(b.nodes)) {
		try := r.Clone(r.Context())
		try.URL.Scheme, try.URL.Host = "http", b.nodes[(first+i)%uint64(len(b.nodes))]
		if r.Body != nil {
			try.Body = io.NopCloser(r.Body) // a connection that fails would close it
		}
		var response *http.Response
		if response, err = b.transport.RoundTrip(try); !isUnreachable(err) {
			return response, err
		}
	}
	return nil, err
}

// isUnreachable reports that there was no connection to send anything on.
func isUnreachable(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}
