// Package version tells which build a program is.
package version

import (
	"cmp"
	"runtime/debug"
	"strings"
)

// archived is the revision in what "git archive" made of the repository: see
// .gitattributes. Elsewhere it begins with a dollar sign.
const archived = "$Format:%H$"

// revision is for builds without git: -ldflags "-X trolley/internal/version.revision=...".
var revision string

// Build is what there is to know of a build; "unknown" stands for the rest.
type Build struct{ Version, Revision, Go string }

// Current returns the running program's build.
func Current() Build {
	b := Build{"unknown", revision, "unknown"}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.Version, b.Go = info.Main.Version, info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				b.Revision = cmp.Or(b.Revision, s.Value)
			}
		}
	}
	if !strings.HasPrefix(archived, "$") {
		b.Revision = cmp.Or(b.Revision, archived)
	}
	b.Revision = cmp.Or(b.Revision, "unknown")
	return b
}

// Of returns the name of a program with its version, its revision and that of Go.
func Of(program string) string {
	b := Current()
	return strings.Join([]string{program, b.Version, b.Revision[:min(12, len(b.Revision))], b.Go}, " ")
}
