package shop

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"trolley/internal/web"
)

// maxFields is how many fields a form may have. The largest of ours has five.
const maxFields = 64

// form is the body of a POST. The query string is never part of it.
type form struct {
	values url.Values
}

// parseForm reads a form with the known fields, each of which may come once; it
// ignores other fields. What is no such form is a problem of status 400 or 415.
// The size of the body is bounded by the session's handler.
func parseForm(r *http.Request, known ...string) (form, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return form{}, err
	}
	if !isForm(r.Header.Get("Content-Type"), len(body)) {
		return form{}, web.WrongMediaType()
	}
	if strings.Count(string(body), "&") >= maxFields {
		return form{}, web.Malformed("It had too many fields. Go back, load the page again and send it once more.")
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return form{}, web.Malformed("Its text was not encoded as a form. Go back, load the page again and send it once more.")
	}
	return form{values}, checkFields(values, known)
}

// isForm accepts an empty body without a type as well: buttons such as "clear"
// have nothing to send.
func isForm(contentType string, size int) bool {
	if contentType == "" {
		return size == 0
	}
	media, params, err := mime.ParseMediaType(contentType)
	charset := strings.ToLower(params["charset"])
	return err == nil && media == "application/x-www-form-urlencoded" && (charset == "" || charset == "utf-8")
}

func checkFields(values url.Values, known []string) error {
	for _, name := range known {
		if len(values[name]) > 1 {
			return web.Malformed("It held the field \"" + name + "\" more than once. Go back, load the page again and send it once more.")
		}
	}
	for name, all := range values {
		if !utf8.ValidString(name) || !utf8.ValidString(strings.Join(all, "")) {
			return web.Malformed("It held text that is not UTF-8. Go back, type it again and send it once more.")
		}
	}
	return nil
}

// has reports whether the form has the field.
func (f form) has(name string) bool { return f.values.Has(name) }

// get returns what was typed into the field, "" where it is missing.
func (f form) get(name string) string { return f.values.Get(name) }
