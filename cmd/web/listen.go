package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// unixPrefix marks an address that is a Unix socket.
const unixPrefix = "unix:"

// listeners are what the program listens on; nil for what is turned off.
type listeners struct{ shop, ops, metrics, redirect net.Listener }

// listen opens every address before anything else is opened, so that one that is taken
// or makes no sense ends the program with one line.
func listen(c config) (all listeners, err error) {
	for _, to := range []struct {
		flag, addr string
		mode       fs.FileMode // of a Unix socket
		at         *net.Listener
	}{
		{"-addr", c.addr, 0o666, &all.shop},
		{"-ops-addr", c.opsAddr, 0o600, &all.ops},
		{"-metrics-addr", c.metricsAddr, 0o666, &all.metrics},
		{"-redirect-addr", c.redirectAddr, 0o666, &all.redirect},
	} {
		if to.addr == "" {
			continue
		}
		if *to.at, err = open(to.addr, to.mode); err != nil {
			all.close()
			if errors.Is(err, syscall.EADDRINUSE) {
				return all, fmt.Errorf("%w (is another trolley running? %s chooses another address)", err, to.flag)
			}
			return all, fmt.Errorf("%w: %s %q cannot be listened on: %w", errUsage, to.flag, to.addr, err)
		}
	}
	return all, nil
}

func (l listeners) close() {
	for _, one := range []net.Listener{l.shop, l.ops, l.metrics, l.redirect} {
		if one != nil {
			one.Close()
		}
	}
}

func open(addr string, mode fs.FileMode) (net.Listener, error) {
	if path, ok := strings.CutPrefix(addr, unixPrefix); ok {
		return listenUnix(path, mode)
	}
	return net.Listen("tcp", addr)
}

// unixListener removes its socket in the end.
type unixListener struct {
	net.Listener
	path string
}

// Close implements net.Listener.
func (l unixListener) Close() error { return errors.Join(l.Listener.Close(), os.Remove(l.path)) }

// Addr implements net.Listener: the name that the socket has now.
func (l unixListener) Addr() net.Addr { return &net.UnixAddr{Name: l.path, Net: "unix"} }

// listenUnix listens on a socket, which has its mode before it has its name. It replaces
// the socket of a process that was killed.
func listenUnix(path string, mode fs.FileMode) (net.Listener, error) {
	if conn, err := net.Dial("unix", path); err == nil {
		conn.Close()
		return nil, fmt.Errorf("%s: %w", path, syscall.EADDRINUSE)
	} else if errors.Is(err, syscall.EINVAL) {
		return nil, fmt.Errorf("the path is too long for a socket: %w", err) // nothing could connect to it
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != fs.ModeSocket {
		return nil, fmt.Errorf("%s is there, and is no socket", path)
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".trolley-") // of mode 0700
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // it has another name by then
	if err := errors.Join(os.Chmod(made, mode), os.Rename(made, path)); err != nil {
		l.Close()
		return nil, err
	}
	return unixListener{l, path}, nil
}
