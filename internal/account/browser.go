package account

import "strings"

// Browser returns which kind of browser a User-Agent header is of, for people. The header
// itself is not kept: it tells more than a list of devices needs.
func Browser(userAgent string) string {
	name := firstIn(userAgent, "a browser", "Edg", "Edge", "OPR/", "Opera", "Firefox", "Firefox", "FxiOS", "Firefox",
		"CriOS", "Chrome", "Chrome", "Chrome", "Safari", "Safari", "curl", "curl")
	system := firstIn(userAgent, "", "Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "Windows", "Windows",
		"Macintosh", "macOS", "CrOS", "ChromeOS", "Linux", "Linux")
	if system == "" {
		return name
	}
	return name + " on " + system
}

// firstIn returns the name of the first mark in text: marks and names come in turn.
func firstIn(text, otherwise string, marks ...string) string {
	for i := 0; i < len(marks); i += 2 {
		if strings.Contains(text, marks[i]) {
			return marks[i+1]
		}
	}
	return otherwise
}
