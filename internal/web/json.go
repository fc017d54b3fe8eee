package web

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// The content types of the pages, of what scripts get, and of the sitemap.
const (
	HTMLType = "text/html; charset=utf-8"
	JSONType = "application/json; charset=utf-8"
	XMLType  = "application/xml; charset=utf-8"
)

// WantsJSON reports whether the Accept header asks for JSON rather than a page:
// by name, and with no smaller a weight than HTML is asked for by name (RFC
// 9110, section 12.5.1). A client that accepts both alike gets the page.
func WantsJSON(r *http.Request) bool {
	accept := r.Header.Values("Accept")
	asHTML := max(weight(accept, "text/html"), weight(accept, "application/xhtml+xml"))
	return weight(accept, "application/json") > max(asHTML, 0)
}

// VaryByAccept tells caches that the answer depends on the Accept header.
func VaryByAccept(h http.Header) {
	if !slices.Contains(h.Values("Vary"), "Accept") {
		h.Add("Vary", "Accept")
	}
}

// weight returns the weight that a header such as Accept gives to a value (RFC
// 9110, section 12.4.2), -1 where it does not name it.
func weight(header []string, value string) float64 {
	found := -1.0
	for item := range strings.SplitSeq(strings.Join(header, ","), ",") {
		name, params, err := mime.ParseMediaType(item)
		if err != nil || name != value {
			continue
		}
		found = 1
		if q, ok := params["q"]; ok {
			found, err = strconv.ParseFloat(q, 64)
			if err != nil || found < 0 || found > 1 {
				found = 0
			}
		}
	}
	return found
}

// ErrorJSON is a problem as scripts get it.
type ErrorJSON struct {
	Error struct {
		Status int    `json:"status"`
		Text   string `json:"text"`
		Field  string `json:"field"` // of the form; "" where none is at fault
	} `json:"error"`
}

func (p *Problem) json() ErrorJSON {
	var e ErrorJSON
	e.Error.Status, e.Error.Text, e.Error.Field = p.Status, p.Text, p.field
	return e
}

// encode returns v as a line of JSON. It leaves <, > and & as they are: the
// answer is never part of a page.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

// WriteJSON writes v with status 200.
func WriteJSON(w http.ResponseWriter, v any) error {
	body, err := encode(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", JSONType)
	_, err = w.Write(body)
	return err
}
