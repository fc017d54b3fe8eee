package web

import (
	"html/template"
	"sync"
)

// memoBytes bounds what a memo keeps.
const memoBytes = 32 << 20

// memo keeps rendered HTML. The key is the template and its data, which is all
// that the template gets, so that nothing kept is ever stale. A list that never changes
// stands for its items. There are two generations: when the young one is full, the old
// one is dropped.
type memo struct {
	mu         sync.RWMutex
	young, old map[memoKey]template.HTML
	size       int // of the young generation, in bytes
}

// memoKey names a part of a page and its data, which must be comparable.
type memoKey struct {
	page, part string
	data       any
}

// get returns what render returned for key.
func (m *memo) get(key memoKey, render func() (template.HTML, error)) (template.HTML, error) {
	m.mu.RLock()
	html, young := m.young[key]
	known := young
	if !young {
		html, known = m.old[key]
	}
	m.mu.RUnlock()
	if young {
		return html, nil
	}
	if !known {
		var err error
		if html, err = render(); err != nil {
			return "", err
		}
	}
	m.put(key, html)
	return html, nil
}

// put counts the HTML twice, since the text in it is in the key as well.
func (m *memo) put(key memoKey, html template.HTML) {
	m.mu.Lock()
	defer m.mu.Unlock()
	size := 2*len(html) + 512
	if m.young == nil || m.size+size > memoBytes/2 {
		m.old, m.young, m.size = m.young, make(map[memoKey]template.HTML), 0
	}
	m.young[key] = html
	m.size += size
}
