package plot

// Bar is a bar of a histogram.
type Bar struct {
	Name  string // of the range that it counts
	Count int
}

// Bars is a histogram.
type Bars struct {
	ID          string // unique on its page
	Title       string // for screen readers: what is plotted
	Description string // for screen readers: what it shows
	Bars        []Bar
}

// SVG draws the histogram.
func (b Bars) SVG() string {
	var d drawing
	d.begin(b.ID, DefaultWidth, plotHeight, b.Title, b.Description)
	most := 1
	for _, bar := range b.Bars {
		most = max(most, bar.Count)
	}
	room := float64(DefaultWidth) / float64(max(len(b.Bars), 1))
	for i, bar := range b.Bars {
		middle, y := room*(float64(i)+.5), height(float64(bar.Count), float64(most))
		if bar.Count > 0 {
			d.addf("<path class=\"plot-bar\" d=\"M%s %sV%sH%sV%sZ\"/>\n", px(middle-room*.38), px(zero), px(y), px(middle+room*.38), px(zero))
		}
		d.text("plot-name", middle, y+labelAbove, "middle", Count.Write(float64(bar.Count)))
		d.text("plot-tick", middle, timesBase, "middle", bar.Name)
	}
	d.across("plot-zero", 0, DefaultWidth, zero)
	return d.end()
}
