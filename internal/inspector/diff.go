package inspector

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// difference is one value of a JSON document that is no longer as it was.
type difference struct {
	Path string // as in "values.cart.lines[enamel-mug].quantity"; "" for the document itself
	Old  string // JSON, compact; "" where the value is new
	New  string // JSON, compact; "" where the value is gone
}

// Kind returns what became of the value: added, changed or removed.
func (d difference) Kind() string {
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
	maxPath        = 200 // bytes; what lies deeper is compared as a whole
)

// diff returns the differences between two JSON documents, at most 50, each value
// cut to 240 bytes. Objects are compared by key; arrays of objects by the field
// sku, where each has a different one, and otherwise by position. What is no JSON
// is compared as a string.
func diff(old, new []byte) []difference {
	found := differences(nil, "", document(old), document(new))
	return found[:min(len(found), maxDifferences)]
}

// document returns data as JSON; nil for no data.
func document(data []byte) json.RawMessage {
	if len(data) == 0 || json.Valid(data) {
		return data
	}
	quoted, _ := json.Marshal(string(data)) // a string: cannot fail
	return quoted
}

// differences appends those between two values at a path; a value that is not
// there is empty.
func differences(found []difference, path string, old, new json.RawMessage) []difference {
	before, oldKind := members(old)
	after, newKind := members(new)
	if oldKind != newKind || oldKind == 0 || len(path) > maxPath {
		if was, is := compact(old), compact(new); was != is {
			found = append(found, difference{path, cut(was), cut(is)})
		}
		return found
	}
	names := slices.AppendSeq(slices.Collect(maps.Keys(before)), maps.Keys(after))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		at := path + name
		if path != "" && oldKind == '{' {
			at = path + "." + name
		}
		found = differences(found, at, before[name], after[name])
	}
	return found
}

// members returns the members of an object or an array by name, and its first
// character; 0 for any other value.
func members(value json.RawMessage) (named map[string]json.RawMessage, kind byte) {
	value = bytes.TrimSpace(value)
	switch {
	case bytes.HasPrefix(value, []byte("{")) && json.Unmarshal(value, &named) == nil:
		return named, '{'
	case bytes.HasPrefix(value, []byte("[")):
		var array []json.RawMessage
		if json.Unmarshal(value, &array) == nil {
			return elements(array), '['
		}
	}
	return nil, 0
}

// elements names the elements of an array by their field sku, or by position
// unless each has a different one.
func elements(array []json.RawMessage) map[string]json.RawMessage {
	bySKU, byPosition := make(map[string]json.RawMessage), make(map[string]json.RawMessage)
	for i, v := range array {
		byPosition["["+strconv.Itoa(i)+"]"] = v
		var line struct{ SKU string }
		if json.Unmarshal(v, &line) == nil && line.SKU != "" {
			bySKU["["+line.SKU+"]"] = v
		}
	}
	if len(bySKU) == len(array) {
		return bySKU
	}
	return byPosition
}

func compact(value json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, value) != nil {
		return ""
	}
	return b.String()
}

func cut(s string) string {
	if len(s) <= maxShown {
		return s
	}
	return strings.ToValidUTF8(s[:maxShown], "") + "…"
}
