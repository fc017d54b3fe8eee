package web

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxFields is how many fields a form may have. The largest of ours has eight.
const maxFields = 64

// Form returns h for requests that carry a form with the known fields.
func Form(h func(http.ResponseWriter, *http.Request, url.Values) error, known ...string) Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := parseForm(r, known)
		if err != nil {
			return err
		}
		return h(w, r, f)
	}
}

// parseForm reads the body of a POST, never its query: a form with the known fields,
// each of which may come once; it ignores other fields. What is no such form is a problem of status 400 or 415.
// The size of the body is bounded by the session's handler.
func parseForm(r *http.Request, known []string) (url.Values, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if !isForm(r.Header.Get("Content-Type"), len(body)) {
		return nil, WrongMediaType()
	}
	if strings.Count(string(body), "&") >= maxFields {
		return nil, Malformed("It had too many fields. " + goBack)
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, Malformed("Its text was not encoded as a form. " + goBack)
	}
	for name, all := range values {
		switch {
		case !utf8.ValidString(name) || !utf8.ValidString(strings.Join(all, "")):
			return nil, Malformed("It held text that is not UTF-8. Go back, type it again and send it once more.")
		case len(all) > 1 && slices.Contains(known, name):
			return nil, Malformed("It held the field \"" + name + "\" more than once. " + goBack)
		}
		for i, v := range all { // one text has one spelling, however it was typed
			all[i] = norm.NFC.String(v)
		}
	}
	r.PostForm = values // the body is read: a page that offers to send the form again has it from here
	return values, nil
}

const goBack = "Go back, load the page again and send it once more."

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
