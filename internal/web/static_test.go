package web

import (
	"testing"
	"testing/fstest"
)

func TestNameChangesWithContentAlone(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"static/a.css": {Data: []byte("a{}")}, "static/b.css": {Data: []byte("b{}")}, "static/products/parcel.svg": {Data: []byte("<svg/>")}}
	before, err := newStaticFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	files["static/a.css"] = &fstest.MapFile{Data: []byte("a{color:red}")}
	after, err := newStaticFiles(files)
	if err != nil {
		t.Fatal(err)
	}
	if before.URLs["a.css"] == after.URLs["a.css"] || before.URLs["b.css"] != after.URLs["b.css"] {
		t.Errorf("a.css %q then %q, b.css %q then %q", before.URLs["a.css"], after.URLs["a.css"], before.URLs["b.css"], after.URLs["b.css"])
	}
	if parcel, err := after.tile("unheard-of"); err != nil || parcel != after.URLs["products/parcel.svg"] {
		t.Errorf("tile %q, %v; want the parcel", parcel, err)
	}
	if _, err := after.URL("nothing.css"); err == nil {
		t.Error("a name that is not there has an address")
	}
}

func TestFileOfUnknownTypeIsRefusedAtStart(t *testing.T) {
	t.Parallel()
	if _, err := newStaticFiles(fstest.MapFS{"static/a.xyz": {Data: []byte("?")}}); err == nil {
		t.Error("no error")
	}
}
