// Package docs tries what the documents tell an operator to do.
package docs
