package session

import (
	"errors"
	"fmt"
	"io"
	"net/http"
)

// A small body takes no more memory than the header of a request may, and is never
// refused. Of larger ones there are only so many at once, whoever sends them and
// however slowly: 16 MiB with the usual limit.
const (
	smallBody      = 16 << 10 // bytes
	maxLargeBodies = 256
)

// readBody reads the whole body before anything is held or loaded. Without
// this, a sender who takes long has the handler work on a stale session. Leave
// once nobody needs the body any more.
func (m *Manager) readBody(w http.ResponseWriter, r *http.Request) (body []byte, leave func(), err error) {
	leave = func() {}
	if r.Body == nil || r.Body == http.NoBody {
		return nil, leave, nil
	}
	if r.ContentLength > m.MaxBody {
		w.Header().Set("Connection", "close") // the rest is not read
		return nil, leave, &http.MaxBytesError{Limit: m.MaxBody}
	}
	sent := http.MaxBytesReader(w, r.Body, m.MaxBody)
	body, err = io.ReadAll(io.LimitReader(sent, smallBody))
	if err == nil && len(body) == smallBody {
		select {
		case m.large <- struct{}{}:
			leave = func() { <-m.large }
		default:
			w.Header().Set("Connection", "close")
			return nil, leave, ErrBusy
		}
		var rest []byte
		rest, err = io.ReadAll(sent)
		body = append(body, rest...)
	}
	return body, leave, bodyError(w, err)
}

func bodyError(w http.ResponseWriter, err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		w.Header().Set("Connection", "close") // MaxBytesReader cannot, where w is wrapped
	case err != nil:
		err = fmt.Errorf("%w: %w", ErrBody, err)
	}
	return err
}
