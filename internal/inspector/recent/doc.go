// Package recent keeps in memory what happened lately, and never more than it
// was told to keep: samples in a [Ring], durations in a [Histogram], and in
// [Sessions] which sessions changed, how often, and from what to what.
//
// Nothing here is needed to run the shop: it is for those who watch it. A
// restart empties it.
package recent
