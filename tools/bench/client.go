package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"strconv"
)

// client is one HTTP/1.1 connection that costs as little as it can: the load
// shares the machine with what it measures.
type client struct {
	addr string
	conn net.Conn
	r    *bufio.Reader
}

// reply is what the load needs of an answer. Its slices are good until the next
// request.
type reply struct {
	status           int
	location, cookie []byte
	body             []byte // kept only where asked for
}

func (c *client) do(request []byte, keep bool) (reply, error) {
	if c.conn == nil {
		conn, err := net.Dial("tcp", c.addr)
		if err != nil {
			return reply{}, err
		}
		c.conn, c.r = conn, bufio.NewReaderSize(conn, 32<<10)
	}
	_, err := c.conn.Write(request)
	var a reply
	if err == nil {
		a, err = c.read(keep)
	}
	if err != nil {
		c.conn.Close()
		c.conn = nil
	}
	return a, err
}

func (c *client) read(keep bool) (a reply, err error) {
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return a, err
	}
	if len(line) < 12 {
		return a, errors.New("no status line")
	}
	a.status = int(line[9]-'0')*100 + int(line[10]-'0')*10 + int(line[11]-'0')
	length, chunked := 0, false
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return a, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch string(name) {
		case "Content-Length":
			length, err = strconv.Atoi(string(value))
		case "Transfer-Encoding":
			chunked = true
		case "Location":
			a.location = bytes.Clone(value)
		case "Set-Cookie":
			value, _, _ = bytes.Cut(value, []byte(";"))
			a.cookie = bytes.Clone(value)
		}
		if err != nil {
			return a, err
		}
	}
	if chunked {
		a.body, err = c.chunks(keep)
		return a, err
	}
	a.body, err = c.take(length, keep)
	return a, err
}

func (c *client) take(n int, keep bool) ([]byte, error) {
	if keep {
		body := make([]byte, n)
		_, err := io.ReadFull(c.r, body)
		return body, err
	}
	_, err := c.r.Discard(n)
	return nil, err
}

func (c *client) chunks(keep bool) (body []byte, err error) {
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return body, err
		}
		n, err := strconv.ParseInt(string(bytes.TrimRight(line, "\r\n")), 16, 32)
		if err != nil {
			return body, err
		}
		part, err := c.take(int(n), keep)
		if err == nil {
			_, err = c.r.Discard(2)
		}
		if body = append(body, part...); err != nil || n == 0 {
			return body, err
		}
	}
}
