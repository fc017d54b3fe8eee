package recent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
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
	oldObject, ok1 := old.(map[string]any)
	newObject, ok2 := new.(map[string]any)
	if ok1 && ok2 {
		d.objects(path, oldObject, newObject)
		return
	}
	oldArray, ok1 := old.([]any)
	newArray, ok2 := new.([]any)
	if ok1 && ok2 {
		d.arrays(path, oldArray, newArray)
		return
	}
	if was, is := text(old), text(new); was != is {
		d.found = append(d.found, Difference{path, cut(was), cut(is)})
	}
}

func (d *differ) objects(path string, old, new map[string]any) {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(old)), maps.Keys(new))
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		at := key
		if path != "" {
			at = path + "." + key
		}
		d.compare(at, valueOf(old, key), valueOf(new, key))
	}
}

func valueOf(object map[string]any, key string) any {
	if v, ok := object[key]; ok {
		return v
	}
	return absent{}
}

func (d *differ) arrays(path string, old, new []any) {
	oldNames, ok1 := d.names(old)
	newNames, ok2 := d.names(new)
	if !ok1 || !ok2 {
		for i := range max(len(old), len(new)) {
			d.compare(fmt.Sprintf("%s[%d]", path, i), element(old, i), element(new, i))
		}
		return
	}
	for i, name := range oldNames {
		d.compare(path+"["+name+"]", old[i], element(new, slices.Index(newNames, name)))
	}
	for i, name := range newNames {
		if !slices.Contains(oldNames, name) {
			d.compare(path+"["+name+"]", absent{}, new[i])
		}
	}
}

func element(array []any, i int) any {
	if i < 0 || i >= len(array) {
		return absent{}
	}
	return array[i]
}

// names returns the names of the elements of an array, where each has one of
// its own.
func (d *differ) names(array []any) ([]string, bool) {
	var names []string
	for _, v := range array {
		object, _ := v.(map[string]any)
		name, ok := object[d.id].(string)
		if !ok || slices.Contains(names, name) {
			return nil, false
		}
		names = append(names, name)
	}
	return names, true
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
