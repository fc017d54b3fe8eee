package main

import (
	"errors"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

var errBaseURL = errors.New("like https://shop.example, without a path")

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
	if strings.ContainsFunc(host, func(r rune) bool { return r > '~' }) {
		if host, err = idna.Lookup.ToASCII(host); err != nil {
			return "", err
		}
	}
	if n, err := strconv.ParseUint(port, 10, 16); port != "" && (err != nil || n == 0) || host == "" {
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
		network, err := netip.ParsePrefix(text)
		if addr, bad := netip.ParseAddr(text); bad == nil {
			network, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return err
		}
		*p = append(*p, network)
	}
	return nil
}
