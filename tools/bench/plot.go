package main

import (
	"fmt"
	"strings"
)

// plot draws the rates at 32 connections as bars, for docs/benchmarks.md. It
// reads in light and dark.
func plot(r results) string {
	var b strings.Builder
	const width, left, bar, gap = 720, 210, 22, 8
	height := 2*(34+len(variants)*(bar+gap)) + 20
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="Requests a second at 32 connections">`, width, height, width, height)
	b.WriteString(`<style>text{font:14px "DejaVu Sans",sans-serif;fill:#1d1b18}.b{fill:#b9ad9a}.t{fill:#c2410c}@media(prefers-color-scheme:dark){text{fill:#efeae2}.b{fill:#6f675b}.t{fill:#f08a4b}}</style>`)
	y := 20
	for _, profile := range []string{mixed, adds} {
		fmt.Fprintf(&b, `<text x="0" y="%d" font-weight="700">%s, requests/s at 32 connections</text>`, y, strings.ToUpper(profile[:1])+profile[1:])
		y += 14
		y = bars(&b, r, profile, y, width, left, bar, gap) + 20
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func bars(b *strings.Builder, r results, profile string, y, width, left, bar, gap int) int {
	most := 1.0
	for _, v := range variants {
		most = max(most, r.median(cell{v.name, profile, 32}).rate)
	}
	for _, v := range variants {
		m := r.median(cell{v.name, profile, 32})
		class := "b"
		if v.name == "trolley" {
			class = "t"
		}
		length := m.rate / most * float64(width-left-80)
		fmt.Fprintf(b, `<text x="0" y="%d">%s</text><rect class="%s" x="%d" y="%d" width="%.0f" height="%d"/><text x="%.0f" y="%d">%.0f</text>`,
			y+16, v.what, class, left, y, length, bar, float64(left)+length+6, y+16, m.rate)
		y += bar + gap
	}
	return y
}
