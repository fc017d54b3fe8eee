package shop

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

type SitemapXML = sitemapXML
