package web

import "net/http"

// OrElse serves what mux knows, and has refuse answer for what it does not: the
// mux alone decides between 404 and 405, and what Allow says.
func OrElse(mux *http.ServeMux, refuse func(http.ResponseWriter, *http.Request, *Problem)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		found := headerRecorder{header: make(http.Header)}
		if pattern == "" {
			h.ServeHTTP(&found, r)
		}
		switch {
		case found.status < http.StatusBadRequest:
			mux.ServeHTTP(w, r)
		case found.status == http.StatusMethodNotAllowed:
			refuse(w, r, NotAllowed(r.Method, found.header.Get("Allow")))
		default:
			refuse(w, r, NotFound("page"))
		}
	})
}

// headerRecorder is a response of which only the status and the header matter.
type headerRecorder struct {
	status int
	header http.Header
}

func (v *headerRecorder) Header() http.Header         { return v.header }
func (v *headerRecorder) WriteHeader(status int)      { v.status = status }
func (v *headerRecorder) Write(b []byte) (int, error) { return len(b), nil }
