package main

import "runtime/debug"

// version is what the Go command stamped into the program.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "trolley-admin (unknown version)"
	}
	revision := ""
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision = " " + s.Value[:min(12, len(s.Value))]
		}
	}
	return "trolley-admin " + info.Main.Version + revision + " " + info.GoVersion
}
