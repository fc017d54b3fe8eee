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

const (
	HTMLType = "text/html; charset=utf-8"
	JSONType = "application/json; charset=utf-8"
	XMLType  = "application/xml; charset=utf-8"
)

// WantsJSON reports whether the Accept header asks for JSON rather than a page:
// by name, and with no smaller a weight than HTML is asked for by name (RFC
// 9110, section 12.5.1). Whoever accepts both alike gets the page.
func WantsJSON(r *http.Request) bool {
	var asJSON, asHTML float64
	for _, header := range r.Header.Values("Accept") {
		for item := range strings.SplitSeq(header, ",") {
			media, params, err := mime.ParseMediaType(item)
			if err != nil {
				continue
			}
			switch media {
			case "application/json":
				asJSON = weight(params)
			case "text/html", "application/xhtml+xml":
				asHTML = max(asHTML, weight(params))
			}
		}
	}
	return asJSON > asHTML
}

// VaryByAccept tells caches that the answer depends on the Accept header.
func VaryByAccept(h http.Header) {
	if !slices.Contains(h.Values("Vary"), "Accept") {
		h.Add("Vary", "Accept")
	}
}

func weight(params map[string]string) float64 {
	q, ok := params["q"]
	if !ok {
		return 1
	}
	w, err := strconv.ParseFloat(q, 64)
	if err != nil || w < 0 || w > 1 {
		return 0
	}
	return w
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
