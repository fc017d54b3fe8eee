// Package version tells which build a program is.
package version

import "runtime/debug"

// Of returns the name of a program, and the version, the revision and the Go version
// that the Go command stamped into it.
func Of(program string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return program + " (unknown version)"
	}
	revision := ""
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision = " " + s.Value[:min(12, len(s.Value))]
		}
	}
	return program + " " + info.Main.Version + revision + " " + info.GoVersion
}
