package web

import (
	"bytes"
	"context"
	"html/template"
	"io/fs"
	"time"

	"trolley/internal/fresh"
)

// framed is the data of a page: every such struct embeds page.
type framed interface{ frame() Page }

func (p Page) frame() Page { return p }

// RenderedPage is the data of a page whose content is HTML already, the same for
// many visitors, and wants no template "main".
type RenderedPage struct {
	Page
	Content template.HTML
}

// frame is what stands around the content of a page, in three pieces: the link
// to the cart goes between the first two, the content between the last two.
type frame [3][]byte

// frameKey is all that a frame depends on. Many visitors share one.
type frameKey struct {
	name                                                               string
	title, description, path, canonical, image, username, theme, query string
	noIndex                                                            bool
}

// cartLinkKey is all that the link to the cart depends on.
type cartLinkKey struct {
	quantity int
	current  bool // on the cart's own page
}

const (
	frameAge  = 400 * time.Millisecond // the frame names the categories
	maxFrames = 1024                   // of some 3 KB each
)

// frames renders frames, and keeps those that others can use.
type frames struct {
	kept  *fresh.Cache[frameKey, frame]
	links *fresh.Cache[cartLinkKey, []byte]
	own   map[string]bool // pages that redefine a part of the frame
}

func newFrames() *frames {
	return &frames{fresh.New[frameKey, frame](frameAge, maxFrames), fresh.New[cartLinkKey, []byte](time.Minute, maxFrames), make(map[string]bool)}
}

// note finds out whether the file of a page redefines a part of the frame,
// whose data is then the whole page's.
func (f *frames) note(name string, files fs.FS, file string) error {
	content, err := fs.ReadFile(files, file)
	for _, part := range []string{"top", "foot", "head", "title"} {
		f.own[name] = f.own[name] || bytes.Contains(content, []byte(`{{define "`+part+`"`))
	}
	return err
}

// mark stands in a frame for what is not part of it. It is no HTML that a page
// could contain.
func mark(name string) template.HTML { return template.HTML("\x00" + name + "\x00") }

// frame returns the frame of a page.
func (t *templates) frame(name string, data framed) (frame, error) {
	if t.frames.own[name] {
		return t.renderFrame(name, data)
	}
	p := data.frame()
	key := frameKey{name, p.Title, p.Description, p.Path, p.Canonical, p.Image, p.Username, p.Theme, p.Query, p.NoIndex}
	return t.frames.kept.Get(context.Background(), key, func() (frame, error) { return t.renderFrame(name, p) })
}

func (t *templates) renderFrame(name string, data framed) (frame, error) {
	whole, err := t.part(name, "base", data)
	if err != nil {
		return frame{}, err
	}
	before, rest, _ := bytes.Cut(whole, []byte(mark("cart")))
	between, after, found := bytes.Cut(rest, []byte(mark("main")))
	if !found { // a page without a link to the cart
		before, after, _ = bytes.Cut(before, []byte(mark("main")))
	}
	return frame{before, between, after}, nil
}

// cartLink returns the link to the cart, with its count.
func (t *templates) cartLink(name string, p Page) ([]byte, error) {
	if t.frames.own[name] {
		return nil, nil
	}
	key := cartLinkKey{p.CartQuantity, p.Path == "/cart"}
	return t.frames.links.Get(context.Background(), key, func() ([]byte, error) { return t.part(name, "to-cart", p) })
}

// write renders a page into memory.
func (t *templates) write(b *bytes.Buffer, name string, data framed) error {
	f, err := t.frame(name, data)
	if err != nil {
		return err
	}
	link, err := t.cartLink(name, data.frame())
	if err != nil {
		return err
	}
	for _, part := range [][]byte{f[0], link, f[1]} {
		b.Write(part)
	}
	if r, ok := data.(RenderedPage); ok {
		b.WriteString(string(r.Content))
	} else if err := t.writePart(b, name, "main", data); err != nil {
		return err
	}
	b.Write(f[2])
	return nil
}

// execute returns a page.
func (t *templates) execute(name string, data framed) ([]byte, error) {
	var b bytes.Buffer
	err := t.write(&b, name, data)
	return b.Bytes(), err
}
