package inspector

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"trolley/session"
)

// change is one event in the life of a session.
type change struct {
	session.Event
	Elsewhere bool // another process did it: a poll of the table found it
}

// Sentence says what became of the session.
func (c change) Sentence() string {
	sentence := map[session.EventKind]string{
		session.EventCreated: "began", session.EventCommitted: "changed", session.EventRenewed: "got a new token",
		session.EventDestroyed: "ended", session.EventExpired: "expired and was removed", session.EventConflict: "ran again: another request was first",
	}[c.Kind]
	if c.Elsewhere {
		sentence += ", found in the table"
	}
	return sentence
}

// Gone reports whether there is no such session any more.
func (c change) Gone() bool {
	return c.Kind == session.EventDestroyed || c.Kind == session.EventExpired || c.Hash == ""
}

// Differences returns what is different. A session that begins is compared with
// one that holds nothing.
func (c change) Differences() []difference {
	before := c.Old
	if before == nil {
		before = []byte(`{"values":{}}`)
	}
	return diff(before, c.New)
}

// maxWhat is how many differences What names.
const maxWhat = 3

// What says of the first values that are different what became of them.
func (c change) What() []string {
	names := []string{}
	if c.New == nil {
		return names
	}
	for _, d := range c.Differences() {
		name, ours := strings.CutPrefix(d.Path, "values.")
		if !ours || strings.HasPrefix(name, "__") || len(names) == maxWhat {
			continue
		}
		if words := d.words(name); words != "" && !slices.Contains(names, words) {
			names = append(names, words)
		}
	}
	return names
}

// cartLine is the path of a line of a cart, or of its quantity.
var cartLine = regexp.MustCompile(`^cart\.lines\[([^]]+)\](\.quantity)?$`)

// words says what became of the value name; "" for what an Undo would bring back.
func (d difference) words(name string) string {
	line := cartLine.FindStringSubmatch(name)
	inside := strings.IndexAny(name, ".[")
	switch {
	case line == nil && strings.HasPrefix(name, "cart."):
		return ""
	case line == nil && inside > 0:
		return name[:inside] + " changed"
	case line == nil:
		return name + " " + d.Kind()
	case line[2] != "":
		return fmt.Sprintf("%s: %s instead of %s", line[1], d.New, d.Old)
	case d.New == "":
		return line[1] + " taken out of the cart"
	}
	return line[1] + " put into the cart"
}
