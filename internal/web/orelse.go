package web

import (
	"bytes"
	"net/http"
)

// OrElse serves what mux knows, and has refuse answer for what it does not: the
// mux alone decides between 404 and 405, and what Allow says.
func OrElse(mux *http.ServeMux, refuse func(http.ResponseWriter, *http.Request, *Problem)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern == "" {
			switch answer := Record(h, r); answer.Status {
			case http.StatusNotFound:
				refuse(w, r, NotFound("page"))
				return
			case http.StatusMethodNotAllowed:
				refuse(w, r, notAllowed(answer.Header().Get("Allow")))
				return
			}
		}
		mux.ServeHTTP(w, r) // also "*" and a path to be cleaned, which have no pattern
	})
}

// Recorded is an answer in memory.
type Recorded struct {
	bytes.Buffer
	Status int
	header http.Header
}

// Record has h answer a request into memory.
func Record(h http.Handler, r *http.Request) *Recorded {
	answer := &Recorded{Status: http.StatusOK, header: make(http.Header)}
	h.ServeHTTP(answer, r)
	return answer
}

// Header implements http.ResponseWriter.
func (a *Recorded) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *Recorded) WriteHeader(status int) { a.Status = status }
