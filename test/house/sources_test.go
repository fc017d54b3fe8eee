// Package house keeps the plan of the house: which package may import which, and
// how large each may become.
package house

import (
	"bytes"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
)

const module = "trolley"

// room is a folder with Go files of this module, for whatever platform they are.
type room struct {
	files, lines         int             // of code that is no test
	imports, testImports map[string]bool // rooms
}

// house returns the rooms by their folders, as in "internal/cart", and the names
// of the folders at the top.
func house(t testing.TB) (rooms map[string]*room, top []string) {
	t.Helper()
	rooms = map[string]*room{}
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && name != "." && isForeign(e.Name()):
			return fs.SkipDir
		case e.IsDir() && name != "." && path.Dir(name) == ".":
			top = append(top, name)
		case path.Ext(name) == ".go":
			folder := path.Dir(name)
			if rooms[folder] == nil {
				rooms[folder] = &room{imports: map[string]bool{}, testImports: map[string]bool{}}
			}
			text, err := fs.ReadFile(root, name)
			if err != nil {
				return err
			}
			rooms[folder].add(t, name, text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rooms, top
}

// add reads a file.
func (r *room) add(t testing.TB, name string, text []byte) {
	t.Helper()
	imports := r.testImports
	if !strings.HasSuffix(name, "_test.go") {
		imports = r.imports
		r.files++
		r.lines += codeLines(text)
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range file.Imports {
		if folder, ok := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), module+"/"); ok {
			imports[folder] = true
		}
	}
}

// isForeign says whether a folder is not part of the source: a tool's, or built.
func isForeign(folder string) bool {
	return strings.HasPrefix(folder, ".") || folder == "bin" || folder == "testdata" || folder == "node_modules"
}

// codeLines counts the lines that hold more than blanks and comments.
func codeLines(text []byte) (n int) {
	fset := token.NewFileSet()
	file := fset.AddFile("", fset.Base(), len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, 0)
	for last := 0; ; {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			return n
		}
		if tok == token.SEMICOLON && literal == "\n" {
			continue // inserted by the scanner
		}
		first := file.Line(pos)
		end := first + strings.Count(literal, "\n")
		n += end - max(first-1, last)
		last = end
	}
}

func TestCommentsAndBlanksAreNotCounted(t *testing.T) {
	t.Parallel()
	const text = "// Package p is one.\npackage p\n\n/* two\nlines */\nvar s = `a\nb` // beside\n\nfunc f() { /* inside */ }\n"
	if got := codeLines(bytes.TrimSpace([]byte(text))); got != 4 {
		t.Errorf("%d lines of code, want 4", got)
	}
}
