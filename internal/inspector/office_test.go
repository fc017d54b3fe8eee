package inspector

import (
	"net/http"

	"trolley/internal/shop"
	"trolley/session"
	"trolley/test/shoptest"
)

// office is the inspector of a shop.
type backOffice struct {
	*Recorder
	*Inspector
}

func (b *backOffice) Observe(e session.Event) { b.Recorder.Observe(e) }

func (b *backOffice) Open(s *shoptest.Shop) http.Handler {
	o := Options{Database: s.Settings.Database, Started: s.Settings.Started, CartOf: shop.CartOf, Accounts: s.Accounts, Open: true}
	b.Inspector = New(o, s.Site, s.Store, s.Sessions, b.Recorder)
	return b.Handler()
}

func withInspector(o *shoptest.Settings) {
	o.Office = func() shoptest.BackOffice { return &backOffice{Recorder: NewRecorder()} }
}

// inspectorOf returns the inspector of a shop.
func inspectorOf(s *shoptest.Shop) *Inspector { return s.Back.(*backOffice).Inspector }
