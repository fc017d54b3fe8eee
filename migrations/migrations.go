// Package migrations holds the SQL that builds and upgrades the database, one
// folder per engine, and runs it.
package migrations

import "embed"

// FS holds the migrations of every engine, each in the folder of its name:
// "sqlite", "postgres". Files are run in the order of their leading number and
// are never changed once released. Both folders have the same versions.
//
//go:embed sqlite/*.sql postgres/*.sql
var FS embed.FS
