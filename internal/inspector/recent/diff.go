package recent

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Difference is one value of a JSON document that is no longer as it was.
type Difference struct {
	Path string // as in "values.cart.lines[enamel-mug].quantity"; "" for the document itself
	Old  string // JSON, compact; "" where the value is new
	New  string // JSON, compact; "" where the value is gone
}

// Kind returns what became of the value: added, changed or removed.
func (d Difference) Kind() string {
	switch {
	case d.Old == "":
		return "added"
	case d.New == "":
		return "removed"
	}
	return "changed"
}

const (
	maxDifferences = 50  // of one pair of documents
	maxShown       = 240 // bytes of one value
)

// Diff returns the differences between two JSON documents, at most 50, each
// value cut to 240 bytes, and how many more there are. Objects are compared by
// key; arrays of objects by the field named id, where all of them have it, and
// otherwise by position. What is no JSON is compared as a string.
func Diff(old, new []byte, id string) (differences []Difference, more int) {
	d := differ{id: id}
	d.compare("", parse(old), parse(new))
	if n := len(d.found); n > maxDifferences {
		return d.found[:maxDifferences], n - maxDifferences
	}
	return d.found, 0
}

// absent is the value where there is none.
type absent struct{}

// parse returns a document with its numbers as they are written.
func parse(document []byte) any {
	if len(document) == 0 {
		return absent{}
	}
	var v any
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	if decoder.Decode(&v) != nil || decoder.More() {
		return string(document)
	}
	return v
}

type differ struct {
	id    string
	found []Difference
}

func (d *differ) compare(path string, old, new any) {
	before, oldKind := d.members(old)
	after, newKind := d.members(new)
	if oldKind != newKind || oldKind == "" {
		if was, is := text(old), text(new); was != is {
			d.found = append(d.found, Difference{path, cut(was), cut(is)})
		}
		return
	}
	names := slices.AppendSeq(slices.Collect(maps.Keys(before)), maps.Keys(after))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		d.compare(join(path, name), member(before, name), member(after, name))
	}
}

// members returns the members of an object or an array by name; kind is "" for
// any other value.
func (d *differ) members(v any) (members map[string]any, kind string) {
	switch v := v.(type) {
	case map[string]any:
		return v, "object"
	case []any:
		return d.elements(v), "array"
	}
	return nil, ""
}

// elements names the elements of an array by their field id, or by position
// unless each has a different id.
func (d *differ) elements(array []any) map[string]any {
	byID, byPosition := make(map[string]any), make(map[string]any)
	for i, v := range array {
		byPosition["["+strconv.Itoa(i)+"]"] = v
		object, _ := v.(map[string]any)
		if id, ok := object[d.id].(string); ok {
			byID["["+id+"]"] = v
		}
	}
	if len(byID) == len(array) {
		return byID
	}
	return byPosition
}

func join(path, name string) string {
	if path == "" || name[:min(1, len(name))] == "[" {
		return path + name
	}
	return path + "." + name
}

func member(of map[string]any, name string) any {
	if v, ok := of[name]; ok {
		return v
	}
	return absent{}
}

// text returns a value as compact JSON, "" for none.
func text(v any) string {
	if _, none := v.(absent); none {
		return ""
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // it was read from JSON
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

func cut(s string) string {
	if len(s) <= maxShown {
		return s
	}
	end := maxShown
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
