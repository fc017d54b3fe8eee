package cart_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"trolley/internal/cart"
)

const address = "Old House\n1 Old Street"

func parse(name, email, address string) (cart.Contact, cart.FieldErrors) {
	return cart.ParseContact(cart.Contact{Name: name, Email: email, Address: address, Postcode: "OL1 1AA", Town: "Old Town", Country: "England"})
}

func contact(name, email, address string) cart.Contact {
	return cart.Contact{Name: name, Email: email, Address: address, Postcode: "OL1 1AA", Town: "Old Town", Country: "England"}
}

func TestAContactIsTrimmedAndKeptAsTyped(t *testing.T) {
	t.Parallel()
	got, errs := cart.ParseContact(cart.Contact{Name: "  Zoë O'Neil-李 ", Email: "\tzoe@example.com\n", Address: "\r\nOld House\r\n1 Old Street\r\n",
		Postcode: " OL1 1AA\n", Town: "\tOld Town ", Country: " England "})
	want := contact("Zoë O'Neil-李", "zoe@example.com", address)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("contact (-want +got):\n%s", diff)
	}
	if len(errs) > 0 {
		t.Errorf("errors %v, want none", errs)
	}
	got, errs = cart.ParseContact(cart.Contact{Email: " nobody ", Address: "x"})
	want = cart.Contact{Email: "nobody", Address: "x"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("wrong contact (-want +got):\n%s", diff)
	}
	if got, want := len(errs), 6; got != want {
		t.Errorf("%d fields wrong, want %d: %v", got, want, errs)
	}
}

func TestOnlyPossibleContactsPass(t *testing.T) {
	t.Parallel()
	mailbox := func(n int) string { return strings.Repeat("a", n-len("@example.com")) + "@example.com" }
	tests := []struct {
		field, typed string
		ok           bool
	}{
		{"name", "A", true},
		{"name", strings.Repeat("é", 80), true},
		{"name", strings.Repeat("é", 81), false},
		{"name", "", false},
		{"name", " \t ", false},
		{"name", "\u200b\u200d", false},
		{"name", "A\nB", false},
		{"name", "A\x00B", false},
		{"name", "A\x7fB", false},
		{"name", "A\u0085B", false},
		{"name", "A\xffB", false},
		{"name", "\u3164", false},
		{"name", "\u115f\u1160\uffa0", false},
		{"name", "\u2800", false},
		{"name", "\U0001d159\u3000", false},
		{"name", "\ufe0f\U000e0100\u200d", false},
		{"name", "\ufeff\u00ad\u2066", false},
		{"name", "\U000e0041\uffff", false},
		{"name", "A\u2028B", false},
		{"name", "A\u2029B", false},
		{"name", "می\u200cخواهم", true},
		{"name", "श्री\u200d", true},
		{"email", "a@b.example", true},
		{"email", "a+b.c@example.com", true},
		{"email", "zoë@example.com", true},
		{"email", mailbox(254), true},
		{"email", mailbox(255), false},
		{"email", "", false},
		{"email", "example.com", false},
		{"email", "@example.com", false},
		{"email", "a@", false},
		{"email", "a@b@example.com", false},
		{"email", `"a@b"@example.com`, false},
		{"email", "Zoe <zoe@example.com>", false},
		{"email", "<zoe@example.com>", false},
		{"email", "zoe@example.com (Zoe)", false},
		{"email", "a b@example.com", false},
		{"email", "a@example.com, b@example.com", false},
		{"email", "a@example.com\nBcc: b@example.com", false},
		{"email", "a@exam\x00ple.com", false},
		{"email", "a\xff@example.com", false},
		{"email", "a\u00a0b@example.com", false},
		{"email", "a@example\u3000.com", false},
		{"email", "a\u2028@example.com", false},
		{"email", "a@exam\u2800ple.com", false},
		{"email", "a@exam\ue000ple.com", false},
		{"email", "\u200b\ufeff", false},
		{"address", "Borg1", true},
		{"address", "\u200b\u200b\u200b\u200b\u200bx", false},
		{"address", "\u2028\u2028\u2028\u2028\u2028\u2028", false},
		{"address", "a\nb\nc", true},
		{"address", strings.Repeat("é", 400), true},
		{"address", strings.Repeat("é", 401), false},
		{"address", "Borg", false},
		{"address", "", false},
		{"address", "\n\n\n\n\n\n", false},
		{"address", "1 Old Street\tOld Town", false},
		{"address", "1 Old Street\x1b[2J", false},
		{"address", "1 Old Street\xff", false},
		{"postcode", "-", true},
		{"postcode", strings.Repeat("é", 20), true},
		{"postcode", strings.Repeat("é", 21), false},
		{"postcode", "", false},
		{"town", strings.Repeat("é", 80), true},
		{"town", strings.Repeat("é", 81), false},
		{"town", "\u2800", false},
		{"town", "Old\nTown", false},
		{"country", "日本", true},
		{"country", strings.Repeat("é", 81), false},
		{"country", "\u200b", false},
		{"country", "Eng\x00land", false},
	}
	for _, tt := range tests {
		fields := map[string]string{"name": "Zoe", "email": "zoe@example.com", "address": address, "postcode": "1", "town": "T", "country": "C"}
		fields[tt.field] = tt.typed
		_, errs := cart.ParseContact(cart.Contact{Name: fields["name"], Email: fields["email"], Address: fields["address"],
			Postcode: fields["postcode"], Town: fields["town"], Country: fields["country"]})
		if _, wrong := errs[tt.field]; wrong == tt.ok || len(errs) > 1 || tt.ok && len(errs) > 0 {
			t.Errorf("%s %.60q: %v, want ok %v", tt.field, tt.typed, errs, tt.ok)
		}
		for _, sentence := range errs {
			if !strings.HasPrefix(sentence, "Enter ") || !strings.HasSuffix(sentence, ".") {
				t.Errorf("%s %.60q: %q does not say what to do", tt.field, tt.typed, sentence)
			}
		}
	}
}

func TestWhatShowsNothingLeavesAContact(t *testing.T) {
	t.Parallel()
	for _, hidden := range []string{"\u200b", "\ufeff", "\u00ad", "\u202e", "\u2066", "\u2060", "\u180e", "\u061c",
		"\u034f", "\u3164", "\u115f", "\uffa0", "\u17b4", "\ufff0", "\U000e0001", "\U000e0fff", "\ufdd0"} {
		got, errs := cart.ParseContact(cart.Contact{Name: hidden + "Z" + hidden + "oe", Email: "zoe" + hidden + "@exam" + hidden + "ple.com" + hidden,
			Address: hidden + address + hidden, Postcode: "OL1" + hidden + " 1AA", Town: hidden + "Old Town", Country: "England" + hidden})
		want := contact("Zoe", "zoe@example.com", address)
		if got != want || len(errs) > 0 {
			t.Errorf("%U: %+q, %v", []rune(hidden), got, errs)
		}
	}
	// Names need the joiners, an email address does not.
	got, _ := parse("می\u200cخواهم", "zoe\u200c\u200d\ufe0f@example.com", "Old House\u20281 Old Street")
	if want := contact("می\u200cخواهم", "zoe@example.com", address); got != want {
		t.Errorf("%+q, want %+q", got, want)
	}
}

func FuzzContact(f *testing.F) {
	f.Add("Zoe", "zoe@example.com", address)
	f.Add("", `"a@b"@c`, "\r\r\n")
	f.Add("\xff", "a@[127.0.0.1]", "\x00")
	f.Fuzz(func(t *testing.T, name, email, addr string) {
		c, errs := parse(name, email, addr)
		again, errsAgain := cart.ParseContact(c)
		if diff := cmp.Diff(c, again); diff != "" {
			t.Fatalf("parsed again (-once +twice):\n%s", diff)
		}
		if diff := cmp.Diff(errs, errsAgain); diff != "" {
			t.Fatalf("errors of the second parse (-once +twice):\n%s", diff)
		}
		if len(errs) == 0 && (strings.ContainsAny(c.Name+c.Email, "\r\n\x00") || strings.ContainsAny(c.Address, "\r\x00")) {
			t.Fatalf("control characters pass: %+v", c)
		}
		if len(errs) == 0 && strings.Count(c.Email, "@") != 1 {
			t.Fatalf("%q passes for an e-mail address", c.Email)
		}
	})
}
