package shop

import "encoding/xml"

// What tests from outside compare with.
var (
	AddHelp = addHelp
	SetHelp = setHelp
)

const (
	MaxFreeValues  = maxFreeValues
	MaxOrders      = maxOrders
	CrawlerCaching = crawlerCaching
)

// SitemapXML is what search engines get.
type SitemapXML struct {
	XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []struct {
		Loc string `xml:"loc"`
	} `xml:"url"`
}
