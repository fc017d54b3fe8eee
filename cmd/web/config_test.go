package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"trolley/test/shoptest"
)

// configure parses a command line, and an environment of names and values in turn.
func configure(args string, environment ...string) (config, string, error) {
	var environ []string
	for i := 0; i < len(environment); i += 2 {
		environ = append(environ, environment[i]+"="+environment[i+1])
	}
	var stderr bytes.Buffer
	c, err := parseConfig(strings.Fields(args), environ, &stderr)
	return c, stderr.String(), err
}

func TestFlagsHaveDefaultsThatServe(t *testing.T) {
	t.Parallel()
	got, _, err := configure("")
	want := config{addr: "localhost:4000", opsAddr: "localhost:4001", db: "trolley.db", lifetime: 720 * time.Hour, secureCookies: "auto", logFormat: "text", maxConnections: 16384, wait: time.Minute,
		notice: "This is a demonstration: nothing is sent, and nothing is charged."}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v (%v)", got, want, err)
	}
}

func TestFlagsAndEnvironmentSayTheSame(t *testing.T) {
	t.Parallel()
	const args = "-addr :80 -ops-addr [::1]:9 -metrics-addr :82 -redirect-addr :81 -base-url https://shop.example -db /var/lib/shop.db -lifetime 1h -idle-timeout 30m " +
		"-tls-cert c.pem -tls-key k.pem -secure-cookies on -log-format json -notice Free -version"
	want := config{addr: ":80", opsAddr: "[::1]:9", metricsAddr: ":82", redirectAddr: ":81", baseURL: "https://shop.example", db: "/var/lib/shop.db", lifetime: time.Hour,
		idleTimeout: 30 * time.Minute, tlsCert: "c.pem", tlsKey: "k.pem", secureCookies: "on", logFormat: "json", maxConnections: 16384, wait: time.Minute, version: true, notice: "Free"}
	if got, _, err := configure(args); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v (%v)", got, want, err)
	}
	var environment []string
	for flags := strings.Fields(strings.Replace(args, "-version", "-version true", 1)); len(flags) > 0; flags = flags[2:] {
		name := "TROLLEY_" + strings.ToUpper(strings.ReplaceAll(flags[0][1:], "-", "_"))
		environment = append(environment, name, flags[1])
	}
	if got, _, err := configure("", environment...); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v (%v) from %v", got, want, err, environment)
	}
}

func TestFlagsCountBeforeTheEnvironment(t *testing.T) {
	t.Parallel()
	environment := []string{"TROLLEY_ADDR", ":1", "TROLLEY_DB", "of-the-environment.db", "TROLLEY_OPS_ADDR", "0.0.0.0:1", "TROLLEY_LOG_FORMAT", "", "TROLLEY_NOTICE", ""}
	got, _, err := configure("-addr :2 -ops-addr=", environment...)
	if err != nil || got.addr != ":2" || got.db != "of-the-environment.db" || got.opsAddr != "" || got.logFormat != "text" || got.notice != "" {
		t.Errorf("%+v (%v)", got, err)
	}
}

// What cannot be meant stops the start with one line that names the flag, from
// wherever it comes.
func TestSettingsThatCannotBeMeantAreRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ flag, value string }{
		{"ops-addr", ":4001"}, {"ops-addr", "0.0.0.0:4001"}, {"ops-addr", "[::]:4001"}, {"ops-addr", "192.168.1.1:4001"}, {"ops-addr", "shop.example:4001"},
		{"ops-addr", "localhost"}, {"ops-addr", "127.0.0.1"}, {"ops-addr", "::1"}, {"ops-addr", "localhost.shop.example:4001"}, {"ops-addr", "127.0.0.1.nip.io:4001"},
		{"ops-addr", "127.1:4001"}, {"ops-addr", "2130706433:4001"}, {"ops-addr", "10.0.0.1:4001"}, {"ops-addr", "169.254.169.254:80"}, {"ops-addr", "[fe80::1]:4001"}, {"ops-addr", "*:4001"},
		{"base-url", "shop.example"}, {"base-url", "//shop.example"}, {"base-url", "ftp://shop.example"}, {"base-url", "https://shop.example/"}, {"base-url", "https://shop.example/shop"},
		{"base-url", "https://"}, {"base-url", "https:///"}, {"base-url", "https://shop.example?a=b"}, {"base-url", "https://shop.example?"}, {"base-url", "https://shop.example#top"},
		{"base-url", "https://ada@shop.example"}, {"base-url", "https://ada:secret@shop.example"}, {"base-url", "javascript:alert(1)"}, {"base-url", "https://shop.example:port"}, {"base-url", "%"},
		{"redirect-addr", ":80"}, // without -base-url it would lead nowhere
		{"lifetime", "0"}, {"lifetime", "-1h"}, {"lifetime", "59s"}, {"lifetime", "30"}, {"lifetime", "month"},
		{"idle-timeout", "-1s"}, {"idle-timeout", "1ms"}, {"idle-timeout", "never"},
		{"secure-cookies", "yes"}, {"secure-cookies", "ON"}, {"secure-cookies", "true"}, {"secure-cookies", "auto on"}, {"secure-cookies", "on off"},
		{"log-format", "xml"}, {"log-format", "JSON"}, {"log-format", "text json"},
		{"trusted-proxies", "localhost"}, {"trusted-proxies", "10.0.0.0/33"}, {"trusted-proxies", "::ffff:10.0.0.0/104"}, {"db", " "},
		{"tls-cert", "c.pem"}, {"tls-key", "k.pem"}, {"version", "maybe"},
	} {
		_, _, byFlag := parse("-" + tt.flag + "=" + tt.value)
		_, _, byEnvironment := configure("", "TROLLEY_"+strings.ToUpper(strings.ReplaceAll(tt.flag, "-", "_")), tt.value)
		for _, err := range []error{byFlag, byEnvironment} {
			if !errors.Is(err, errUsage) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "-"+tt.flag) {
				t.Errorf("-%s %q: %v", tt.flag, tt.value, err)
			}
		}
	}
	for _, args := range []string{
		"-no-such-flag", "shop.db", "-addr", "-addr :1 shop.db", "-tls-cert c.pem -tls-key k.pem -secure-cookies off",
		"-redirect-addr :80 -base-url http://shop.example", "-idle-timeout 1h extra",
	} {
		if _, _, err := configure(args); !errors.Is(err, errUsage) {
			t.Errorf("%s: %v, want a mistake in the command line", args, err)
		}
	}
}

func parse(arg string) (config, string, error) {
	var stderr bytes.Buffer
	c, err := parseConfig([]string{arg}, nil, &stderr)
	return c, stderr.String(), err
}

func TestSettingsThatCanBeMeantAreTaken(t *testing.T) {
	t.Parallel()
	for _, args := range []string{
		"-ops-addr localhost:0", "-ops-addr LocalHost:4001", "-ops-addr 127.0.0.1:4001", "-ops-addr 127.8.8.8:1", "-ops-addr [::1]:4001", "-ops-addr=",
		"-addr :4000", "-addr 0.0.0.0:80", "-base-url http://localhost:4000", "-base-url https://shop.example:8443", "-base-url https://[::1]:4000",
		"-lifetime 1m", "-idle-timeout 1s", "-idle-timeout 0", "-secure-cookies off", "-log-format json",
		"-redirect-addr :80 -base-url https://shop.example", "-tls-cert c -tls-key k -secure-cookies auto", "-db postgres://ada:secret@db/shop",
	} {
		if _, _, err := configure(args); err != nil {
			t.Errorf("%s: %v", args, err)
		}
	}
}

// R02, R39: the cookie and HSTS follow how browsers reach the shop, unless
// somebody says so.
func TestCookiesAreSecureWhereBrowsersComeOverHTTPS(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]bool{
		"":                                false,
		"-secure-cookies on":              true,
		"-tls-cert c -tls-key k":          true,
		"-base-url https://shop.example":  true,
		"-base-url http://localhost:4000": false,
		"-secure-cookies off":             false,
		"-secure-cookies off -base-url https://shop.example": false,
	} {
		c, _, err := configure(args)
		if got := c.secure(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, want %v (%v)", args, got, want, err)
		}
	}
}

func TestHelpNamesEveryFlagAndIsNoMistake(t *testing.T) {
	t.Parallel()
	_, stderr, err := configure("-help")
	if !errors.Is(err, flag.ErrHelp) {
		t.Errorf("error %v", err)
	}
	for _, name := range []string{"addr", "ops-addr", "redirect-addr", "base-url", "db", "lifetime", "idle-timeout", "tls-cert", "tls-key", "secure-cookies", "log-format", "version"} {
		if !strings.Contains(stderr, "  -"+name+" ") && !strings.Contains(stderr, "  -"+name+"\n") {
			t.Errorf("no -%s in\n%s", name, stderr)
		}
	}
}

// Browsers name a site in small letters, in ASCII and without a default port.
func TestBaseURLIsWhatBrowsersSend(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"https://shop.example":       "https://shop.example",
		"https://shop.example:443":   "https://shop.example",
		"https://shop.example:80":    "https://shop.example:80",
		"http://shop.example:80":     "http://shop.example",
		"http://localhost:4000":      "http://localhost:4000",
		"HTTPS://Shop.Example:8443":  "https://shop.example:8443",
		"https://shop.example.":      "https://shop.example",
		"https://shop.example.:443":  "https://shop.example",
		"https://müller.example":     "https://xn--mller-kva.example",
		"https://MÜLLER.example:443": "https://xn--mller-kva.example",
		"https://例え.テスト":             "https://xn--r8jz45g.xn--zckzah",
		"https://my_shop:8443":       "https://my_shop:8443",
		"https://[2001:DB8::1]:443":  "https://[2001:db8::1]",
		"https://[::1]:4000":         "https://[::1]:4000",
		"https://192.0.2.1":          "https://192.0.2.1",
	} {
		c, _, err := configure("-base-url " + address)
		if err != nil || c.baseURL != want {
			t.Errorf("%s: %q, want %q (%v)", address, c.baseURL, want, err)
		}
	}
	for _, address := range []string{"https://shop.example:0", "https://shop.example:65536", "https://shop.example:99999", "https://.", "https://:443", "https://-ü.example",
		"https://shop..example", "https://.example", "https://xn--a", "https://1.2.3.4.5", "https://*.example", "https://<x>", "https://" + strings.Repeat("a", 64) + ".example"} {
		if c, _, err := configure("-base-url " + address); !errors.Is(err, errUsage) {
			t.Errorf("%s is taken for %q (%v)", address, c.baseURL, err)
		}
	}
}

// RFC 9110, section 4.2.3: these are one host. A form comes from it.
func TestHostsThatAreEqualAreOurs(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	for base, hosts := range map[string][]string{
		"https://shop.example":      {"shop.example", "shop.example:443", "SHOP.EXAMPLE", "Shop.Example:443"},
		"http://shop.example":       {"shop.example", "shop.example:80", "SHOP.example"},
		"https://shop.example:8443": {"shop.example:8443", "SHOP.EXAMPLE:8443"},
		"":                          {"shop.example", "SHOP.EXAMPLE"},
	} {
		at := s.Again(t, shoptest.Discard(), func(o *shoptest.Settings) { o.BaseURL = base })
		v := s.Visitor(t).At(at)
		for _, host := range hosts {
			v.Ask("GET", "/cart", "", "Host", host).Want(t, http.StatusOK)
			v.Ask("POST", "/cart/items", "sku=mug", "Host", host, "Origin", cmp.Or(base, "https://shop.example")).Want(t, http.StatusSeeOther)
		}
		for _, host := range []string{"shop.example:8080", "evil.example", "shop.example:443:443", "shop.example.evil"} {
			if base != "" {
				v.Ask("GET", "/cart", "", "Host", host).Want(t, http.StatusBadRequest)
			}
		}
	}
}

func TestDrainFollowsTheProxies(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]time.Duration{
		"": 0, "-drain 7s": 7 * time.Second, "-trusted-proxies 127.0.0.1": 3 * time.Second,
		"-trusted-proxies 10.0.0.0/8,::1 -drain 0": 0, "-trusted-proxies 127.0.0.1 -drain 9s": 9 * time.Second,
	} {
		if c, _, err := configure(args); err != nil || c.drain != want {
			t.Errorf("%q: %v, want %v (%v)", args, c.drain, want, err)
		}
	}
}
