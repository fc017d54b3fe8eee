// Package liftable tests that the libraries of this repository can be taken along: a
// folder copied into an empty module builds, vets and passes its tests, unedited.
package liftable
