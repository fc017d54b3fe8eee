package inspector

import (
	"html"
	"net/http"
	"strings"
	"testing"
	"time"

	"trolley/test/shoptest"
)

func TestRecordShowsTheVeryRow(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	v, o := s.Visitor(t), s.Office(t)
	v.Post("/cart/items", "sku", "mug", "quantity", "2").Want(t, http.StatusSeeOther)
	v.Post("/cart/items", "sku", "pan", "quantity", "3").Want(t, http.StatusSeeOther)
	v.Post("/session/values", "key", "note", "value", `<i>"a" & 'b'</i>`).Want(t, http.StatusSeeOther)
	s.Exec(t, "UPDATE products SET stock = 1, price = 2500 WHERE sku = 'pan'")
	var data string
	if err := s.Store.Read().QueryRow("SELECT CAST(data AS TEXT) FROM sessions").Scan(&data); err != nil {
		t.Fatal(err)
	}
	page := o.Get("/sessions/"+id(v)).Want(t, http.StatusOK, id(v)+"…", "Enamel mug", "€37.00", "Small pan", "Only 1 left.", "The price has gone up from €24.00 to €25.00 since you added it.",
		"5 things, at today’s prices", "€112.00", "outlives the browser", `"<i>\"a\" & 'b'</i>"`)
	if !strings.Contains(html.UnescapeString(page.Body), "<code>"+data+"</code>") {
		t.Errorf("no %s in\n%s", data, page.Body)
	}
	for _, secret := range []string{v.Token(), shoptest.HashOf(v.Token()), shoptest.HashOf(v.Token())[:16]} {
		if strings.Contains(page.Body, secret) {
			t.Errorf("the page shows %s", secret)
		}
	}
}

func TestRecordShowsWhatChanged(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	v, o := s.Visitor(t), s.Office(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	v.Post("/cart/items/mug", "quantity", "4").Want(t, http.StatusSeeOther)
	v.Post("/session/values", "key", "colour", "value", "blue").Want(t, http.StatusSeeOther)
	v.Post("/session/values/colour/remove").Want(t, http.StatusSeeOther)
	v.Post("/session/renew").Want(t, http.StatusSeeOther)
	page := o.Get("/sessions/"+id(v)).Want(t, http.StatusOK, "began", "values.cart added", "values.cart.lines[mug].quantity changed 1 4",
		`values.colour added "blue"`, `values.colour removed "blue"`, "got a new token Where Before After The data is the same.")
	if page.Element("svg", "class", "plot") == nil {
		t.Error("the activity is not plotted")
	}
	for range 2 * defaultLimits.changes {
		v.Post("/cart/items", "sku", "pencil").Want(t, http.StatusSeeOther)
	}
	if got := strings.Count(o.Get("/sessions/"+id(v)).Body, "changed</h3>"); got != defaultLimits.changes {
		t.Errorf("%d changes are shown, want the last %d", got, defaultLimits.changes)
	}
}

// What another process did is found in the table.
func TestInspectorSeesOtherProcesses(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	other, o := s.Twin(t), s.Office(t)
	v := other.Visitor(t)
	since := inspectorOf(s).poll(t.Context(), time.Time{})
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	since = inspectorOf(s).poll(t.Context(), since)
	v.Post("/cart/items/mug", "quantity", "4").Want(t, http.StatusSeeOther)
	since = inspectorOf(s).poll(t.Context(), since)
	since = inspectorOf(s).poll(t.Context(), since) // nothing new
	o.Get("/sessions/"+id(v)).Want(t, http.StatusOK, "began, found in the table", "changed, found in the table Where Before After values.cart.lines[mug].quantity changed 1 4")
	v.Post("/session/destroy").Want(t, http.StatusSeeOther)
	inspectorOf(s).poll(t.Context(), since)
	latest := inspectorOf(s).newest(maxLatest)
	if len(latest) != 3 || latest[0].Kind != "destroyed" || !latest[0].Elsewhere {
		t.Errorf("the latest are %+v, want the end and two changes before it", latest)
	}
}

// A process that is younger than a session says so, to the operator and to the
// shopper.
func TestRestartIsSaid(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	v := s.Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	o := s.Office(t)
	if page := o.Get("/sessions/" + id(v)); strings.Contains(page.Text(), "survived a restart") {
		t.Errorf("a session of this process is older than it:\n%s", page.Text())
	}
	s.Settings.Started = time.Now().Add(time.Hour)
	s = s.Twin(t)
	o = s.Office(t)
	o.Get("/sessions").Want(t, http.StatusOK, id(v)+" older", "Up for ")
	o.Get("/sessions/"+id(v)).Want(t, http.StatusOK, "Older than this process", "it survived a restart")
	v.At(s).Get("/session").Want(t, http.StatusOK, "Shop started", "Your session is older than that start of the shop: it survived a restart.")
}

func TestUnknownSessionsAreNotFound(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	v, o := s.Visitor(t), s.Office(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	for _, id := range []string{"000000000000", id(v)[:11], id(v) + "0", shoptest.HashOf(v.Token()), v.Token(), "%25", "..%2fplots", "%3Cscript%3E"} {
		page := o.Get("/sessions/"+id).Want(t, http.StatusNotFound, "No such session", "All sessions")
		if page.Element("a", "href", "/sessions") == nil || strings.Contains(page.Body, "<script>") {
			t.Errorf("%s: %s", id, page.Body)
		}
		o.Post("/sessions/"+id+"/revoke").Want(t, http.StatusNotFound)
	}
	if got := v.CartLines(); got != "mug 1" {
		t.Errorf("the cart is %q", got)
	}
}

// A member is found by the email, and what a revocation takes is said.
func TestMemberIsFoundByEmail(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	v, o := s.Visitor(t), s.Office(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	v.Post("/account/new", "email", "ada@example.com", "password", "a sieve, two mugs").Want(t, http.StatusSeeOther)
	s.Visitor(t).Post("/cart/items", "sku", "pan").Want(t, http.StatusSeeOther)
	for _, q := range []string{"ada@example.com", "Ada@Example.com", "ada", "account:example.com", "ada+sku:mug"} {
		page := o.Get("/sessions?q="+q).Want(t, http.StatusOK, "1 session.")
		if got := listed(page); len(got) != 1 || got[0] != id(v) {
			t.Errorf("%s finds %q, want %s", q, got, id(v))
		}
	}
	o.Get("/sessions?q=grace@example.com").Want(t, http.StatusOK, "0 sessions.", "No session matches.")
	o.Get("/sessions/"+id(v)).Want(t, http.StatusOK, "ada@example.com is signed out; the account keeps its cart")
}

// What costs nothing counts like the rest.
func TestFreeProductCounts(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	s.Exec(t, "UPDATE products SET price = 0 WHERE sku = 'mug'")
	v := s.Visitor(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	if page := s.Office(t).Get("/sessions/"+id(v)).Want(t, http.StatusOK, "1 €0.00 €0.00"); strings.Contains(page.Text(), "not counted") {
		t.Errorf("it does not count:\n%s", page.Text())
	}
}

// A shopper whose session is revoked has none from the next click on.
func TestRevokedShopperIsAnonymous(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t, withInspector)
	v, bystander, o := s.Visitor(t), s.Visitor(t), s.Office(t)
	v.Post("/cart/items", "sku", "mug").Want(t, http.StatusSeeOther)
	bystander.Post("/cart/items", "sku", "pan").Want(t, http.StatusSeeOther)
	id := id(v)
	page := o.Get("/sessions/"+id).Want(t, http.StatusOK, "the cart: 1 thing worth €18.50", "1 value: cart", "This can’t be undone.")
	if page.Element("form", "action", "/sessions/"+id+"/revoke", "method", "post") == nil {
		t.Fatal("no button to revoke it")
	}
	o.Post("/sessions/"+id+"/revoke").WantRedirect(t, "/sessions?revoked="+id)
	o.Get("/sessions?revoked="+id).Want(t, http.StatusOK, "Session "+id+" revoked.")
	v.Get("/session").Want(t, http.StatusOK, "no row here, no cookie")
	if got := v.CartLines(); got != "" {
		t.Errorf("the cart still holds %q", got)
	}
	v.Post("/cart/items", "sku", "pencil").Want(t, http.StatusConflict)
	if got := s.Count(t, "SELECT count(*) FROM sessions"); got != 1 {
		t.Errorf("%d sessions, want the bystander's", got)
	}
	if got := bystander.CartLines(); got != "pan 1" {
		t.Errorf("the bystander's cart holds %q", got)
	}
	o.Get("/sessions/"+id).Want(t, http.StatusNotFound)
	o.Post("/sessions/"+id+"/revoke").Want(t, http.StatusNotFound)
	if page := o.Get("/sessions?revoked=%3Cb%3E"); strings.Contains(page.Text(), " revoked") {
		t.Errorf("a name that is none was revoked:\n%s", page.Text())
	}
}
