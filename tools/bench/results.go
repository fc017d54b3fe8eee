package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"
)

// cell is one place of the table.
type cell struct {
	variant, profile string
	conns            int
}

// results has the measurements of all rounds.
type results map[cell][]measured

func (r results) add(c cell, m measured) { r[c] = append(r[c], m) }

// median returns the median of each figure, but the sum of errors and losses.
func (r results) median(c cell) (m measured) {
	rounds := r[c]
	if len(rounds) == 0 {
		return m
	}
	for _, round := range rounds {
		m.errors += round.errors
		m.lost += round.lost
		m.max = max(m.max, round.max)
		m.adds += round.adds
		m.groups.statements += round.groups.statements
		m.groups.commits += round.groups.commits
	}
	m.rate = middle(rounds, func(m measured) float64 { return m.rate })
	m.addRate = middle(rounds, func(m measured) float64 { return m.addRate })
	m.p50 = middle(rounds, func(m measured) time.Duration { return m.p50 })
	m.p99 = middle(rounds, func(m measured) time.Duration { return m.p99 })
	m.addP99 = middle(rounds, func(m measured) time.Duration { return m.addP99 })
	m.cpu = middle(rounds, func(m measured) time.Duration { return m.cpu })
	return m
}

func middle[T cmp.Ordered](rounds []measured, of func(measured) T) T {
	values := make([]T, len(rounds))
	for i, m := range rounds {
		values[i] = of(m)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// ratio returns the rate of c over that of another variant, by pairs of one
// round: the median of them.
func (r results) ratio(c cell, to string) float64 {
	other := c
	other.variant = to
	var ratios []float64
	for i := range min(len(r[c]), len(r[other])) {
		if rate := r[other][i].rate; rate > 0 {
			ratios = append(ratios, r[c][i].rate/rate)
		}
	}
	if len(ratios) == 0 {
		return 0
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

// table prints all cells, and the ratios within the rounds.
func table(w io.Writer, r results) {
	for _, profile := range []string{mixed, adds} {
		fmt.Fprintf(w, "\n### %s\n\n", profile)
		fmt.Fprintln(w, "| sessions in | connections | requests/s | p50 ms | p99 ms | max ms | CPU µs/request | group size | fsyncs per add | errors | lost adds | Trolley is |")
		fmt.Fprintln(w, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
		for _, conns := range []int{1, 32, 256} {
			for _, v := range variants {
				if c := (cell{v.name, profile, conns}); len(r[c]) > 0 {
					row(w, r, v, c)
				}
			}
		}
	}
}

func row(w io.Writer, r results, v variant, c cell) {
	m := r.median(c)
	times := ""
	if v.name != "trolley" {
		times = fmt.Sprintf("%.2f ×", r.ratio(cell{"trolley", c.profile, c.conns}, v.name))
	}
	size, fsyncs := m.sharing()
	fmt.Fprintf(w, "| %s | %d | %.0f | %s | %s | %s | %d | %s | %s | %d | %d | %s |\n", v.what, c.conns, m.rate,
		ms(m.p50), ms(m.p99), ms(m.max), m.cpu.Microseconds(), size, fsyncs, m.errors, m.lost, times)
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()*1000) }
