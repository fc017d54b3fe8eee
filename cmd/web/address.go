package main

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

var errBaseURL = errors.New("like https://shop.example, without a path")

// hostName is a name that browsers send: to them, one that ends in a number is an IP address.
var hostName = regexp.MustCompile(`^([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{0,62}[a-z_-][a-z0-9_-]{0,62}$`)

// normalURL returns the address of a site as browsers name it in Origin and Host: in
// small letters, in ASCII, and without a default port. "" stays "".
func normalURL(address string) (string, error) {
	u, err := url.Parse(address)
	if address == "" || err != nil {
		return "", err
	}
	defaultPort := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	if defaultPort == "" || u.Host == "" || !strings.EqualFold(address, u.Scheme+"://"+u.Host) {
		return "", errBaseURL
	}
	host, port := strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), u.Port()
	isForeign := func(r rune) bool { return r > '~' }
	if strings.ContainsFunc(host, isForeign) || strings.Contains(host, "xn--") {
		if host, err = idna.Lookup.ToASCII(host); err != nil {
			return "", err
		}
	}
	_, noIP := netip.ParseAddr(host)
	if n, err := strconv.ParseUint(port, 10, 16); port != "" && (err != nil || n == 0) || noIP != nil && !hostName.MatchString(host) {
		return "", errBaseURL
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" && port != defaultPort {
		host = host + ":" + port
	}
	return u.Scheme + "://" + host, nil
}

// proxies is the value of -trusted-proxies.
type proxies []netip.Prefix

// String implements flag.Value.
func (p *proxies) String() string { return "" }

// Set implements flag.Value.
func (p *proxies) Set(list string) error {
	*p = nil
	for text := range strings.SplitSeq(list, ",") {
		text = strings.TrimSpace(text)
		network, err := netip.ParsePrefix(text)
		if addr, bad := netip.ParseAddr(text); bad == nil {
			network, err = addr.Prefix(addr.BitLen())
		}
		if err == nil && network.Addr().Is4In6() {
			err = fmt.Errorf("%s is like %v", text, network.Addr().Unmap()) // no address of a client is in it
		}
		if err != nil {
			return err
		}
		*p = append(*p, network)
	}
	return nil
}
