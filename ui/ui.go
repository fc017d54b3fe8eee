// Package ui holds what a browser sees of the shop: the page templates and the
// static files, embedded so that the shop is one binary.
package ui

import "embed"

// Files holds "html" (base.html, partials/*.html, pages/*.html) and "static"
// (styles, script, illustrations), each under its own name.
//
//go:embed html static
var Files embed.FS
