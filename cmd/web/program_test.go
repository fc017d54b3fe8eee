package main

import (
	"net/http"

	"trolley/internal/inspector"
	"trolley/internal/shop"
	"trolley/session"
	"trolley/test/shoptest"
)

// back is the inspector of a shop.
type back struct {
	*inspector.Recorder
	*inspector.Inspector
	open bool
}

func (b *back) Observe(e session.Event) { b.Recorder.Observe(e) }

func (b *back) Open(s *shoptest.Shop) http.Handler {
	o := inspector.Options{Database: s.Settings.Database, Started: s.Settings.Started, CartOf: shop.CartOf, Accounts: s.Accounts, Open: b.open}
	b.Inspector = inspector.New(o, s.Site, s.Store, s.Sessions, b.Recorder)
	return b.Inspector.Handler()
}

func withInspector(o *shoptest.Settings) {
	o.Office = func() shoptest.BackOffice { return &back{Recorder: inspector.NewRecorder(), open: true} }
}

func withGate(o *shoptest.Settings) {
	o.Office = func() shoptest.BackOffice { return &back{Recorder: inspector.NewRecorder()} }
}

// inspectorOf returns the inspector of a shop.
func inspectorOf(s *shoptest.Shop) *inspector.Inspector { return s.Back.(*back).Inspector }

// programOf is the program around the shop of a test.
func programOf(s *shoptest.Shop, f *front) *program {
	return &program{front: f, store: s.Store, sessions: s.Sessions, shop: s.Shop, inspector: inspectorOf(s)}
}
