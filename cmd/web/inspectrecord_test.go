package main

import (
	"html"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRecordShowsTheVeryRow(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v, o := s.visitor(t), s.office(t)
	v.post("/cart/items", "sku", "mug", "quantity", "2").want(t, http.StatusSeeOther)
	v.post("/cart/items", "sku", "pan", "quantity", "3").want(t, http.StatusSeeOther)
	v.post("/session/values", "key", "note", "value", `<i>"a" & 'b'</i>`).want(t, http.StatusSeeOther)
	s.exec(t, "UPDATE products SET stock = 1, price = 2500 WHERE sku = 'pan'")
	var data string
	if err := s.store.Read().QueryRow("SELECT CAST(data AS TEXT) FROM sessions").Scan(&data); err != nil {
		t.Fatal(err)
	}
	page := o.get("/sessions/"+v.id()).want(t, http.StatusOK, v.id()+"…", "Enamel mug", "€37.00", "Small pan", "Only 1 left.", "The price rose from €24.00 to €25.00 since you added it.",
		"5 things, at live prices", "€112.00", "outlives the browser", `"<i>\"a\" & 'b'</i>"`)
	if !strings.Contains(html.UnescapeString(page.body), "<code>"+data+"</code>") {
		t.Errorf("no %s in\n%s", data, page.body)
	}
	for _, secret := range []string{v.token(), hashOf(v.token()), hashOf(v.token())[:16]} {
		if strings.Contains(page.body, secret) {
			t.Errorf("the page shows %s", secret)
		}
	}
}

func TestRecordShowsWhatChanged(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v, o := s.visitor(t), s.office(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	v.post("/cart/items/mug", "quantity", "4").want(t, http.StatusSeeOther)
	v.post("/session/values", "key", "colour", "value", "blue").want(t, http.StatusSeeOther)
	v.post("/session/values/colour/remove").want(t, http.StatusSeeOther)
	v.post("/session/renew").want(t, http.StatusSeeOther)
	s.inspector.catchUp()
	page := o.get("/sessions/"+v.id()).want(t, http.StatusOK, "began", "values.cart added", "values.cart.lines[mug].quantity changed 1 4",
		`values.colour added "blue"`, `values.colour removed "blue"`, "got a new token Where Before After The data is the same.")
	if page.element("svg", "class", "plot") == nil {
		t.Error("the activity is not plotted")
	}
	for range 2 * maxChanges {
		v.post("/cart/items", "sku", "pencil").want(t, http.StatusSeeOther)
	}
	s.inspector.catchUp()
	if got := strings.Count(o.get("/sessions/"+v.id()).body, "changed</h3>"); got != maxChanges {
		t.Errorf("%d changes are shown, want the last %d", got, maxChanges)
	}
}

// What another process did is found in the table.
func TestInspectorSeesOtherProcesses(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	other, o := s.twin(t), s.office(t)
	v := other.visitor(t)
	s.inspector.look(t.Context(), s.store)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	s.inspector.look(t.Context(), s.store)
	v.post("/cart/items/mug", "quantity", "4").want(t, http.StatusSeeOther)
	s.inspector.look(t.Context(), s.store)
	s.inspector.look(t.Context(), s.store) // nothing new
	o.get("/sessions/"+v.id()).want(t, http.StatusOK, "began, found in the table", "changed, found in the table Where Before After values.cart.lines[mug].quantity changed 1 4")
	v.post("/session/destroy").want(t, http.StatusSeeOther)
	s.inspector.look(t.Context(), s.store)
	latest := s.inspector.recent.Latest()
	if len(latest) != 3 || latest[0].Kind != "destroyed" || !latest[0].Elsewhere {
		t.Errorf("the latest are %+v, want the end and two changes before it", latest)
	}
}

// A process that is younger than a session says so, to the operator and to the
// shopper.
func TestRestartIsSaid(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v := s.visitor(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	o := s.office(t)
	if page := o.get("/sessions/" + v.id()); strings.Contains(page.text(), "has outlived a restart") {
		t.Errorf("a session of this process is older than it:\n%s", page.text())
	}
	s.Started = time.Now().Add(time.Hour)
	s = s.twin(t)
	o = s.office(t)
	o.get("/sessions").want(t, http.StatusOK, v.id()+" older", "This process started")
	o.get("/sessions/"+v.id()).want(t, http.StatusOK, "Older than this process", "it has outlived a restart")
	v.at(s).get("/session").want(t, http.StatusOK, "Server started", "Your session is older than the server: it has outlived a restart.")
}

func TestUnknownSessionsAreNotFound(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v, o := s.visitor(t), s.office(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	for _, id := range []string{"000000000000", v.id()[:11], v.id() + "0", hashOf(v.token()), v.token(), "%25", "..%2fplots", "%3Cscript%3E"} {
		page := o.get("/sessions/"+id).want(t, http.StatusNotFound, "No such session", "All sessions")
		if page.element("a", "href", "/sessions") == nil || strings.Contains(page.body, "<script>") {
			t.Errorf("%s: %s", id, page.body)
		}
		o.post("/sessions/"+id+"/revoke").want(t, http.StatusNotFound)
	}
	if got := v.cartLines(); got != "mug 1" {
		t.Errorf("the cart is %q", got)
	}
}

// A shopper whose session is revoked has none from the next click on.
func TestRevokedShopperIsAnonymous(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	v, bystander, o := s.visitor(t), s.visitor(t), s.office(t)
	v.post("/cart/items", "sku", "mug").want(t, http.StatusSeeOther)
	bystander.post("/cart/items", "sku", "pan").want(t, http.StatusSeeOther)
	id := v.id()
	if page := o.get("/sessions/" + id); page.element("form", "action", "/sessions/"+id+"/revoke", "method", "post") == nil {
		t.Fatal("no button to revoke it")
	}
	o.post("/sessions/"+id+"/revoke").wantRedirect(t, "/sessions?revoked="+id)
	o.get("/sessions?revoked="+id).want(t, http.StatusOK, "Session "+id+" was revoked.")
	v.get("/session").want(t, http.StatusOK, "No row, and no cookie")
	if got := v.cartLines(); got != "" {
		t.Errorf("the cart still holds %q", got)
	}
	v.post("/cart/items", "sku", "pencil").want(t, http.StatusConflict)
	if got := s.count(t, "SELECT count(*) FROM sessions"); got != 1 {
		t.Errorf("%d sessions, want the bystander's", got)
	}
	if got := bystander.cartLines(); got != "pan 1" {
		t.Errorf("the bystander's cart holds %q", got)
	}
	o.get("/sessions/"+id).want(t, http.StatusNotFound)
	o.post("/sessions/"+id+"/revoke").want(t, http.StatusNotFound)
	if page := o.get("/sessions?revoked=%3Cb%3E"); strings.Contains(page.text(), "was revoked") {
		t.Errorf("a name that is none was revoked:\n%s", page.text())
	}
}
