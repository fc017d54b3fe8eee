package cart_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"trolley/internal/cart"
)

const address = "1 Old Street\nOld Town"

func TestAContactIsTrimmedAndKeptAsTyped(t *testing.T) {
	t.Parallel()
	got, errs := cart.ParseContact("  Zoë O'Neil-李 ", "\tzoe@example.com\n", "\r\n1 Old Street\r\nOld Town\r\n")
	want := cart.Contact{Name: "Zoë O'Neil-李", Email: "zoe@example.com", Address: address}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("contact (-want +got):\n%s", diff)
	}
	if errs != nil {
		t.Errorf("errors %v, want none", errs)
	}
	got, errs = cart.ParseContact("", " nobody ", "x")
	want = cart.Contact{Email: "nobody", Address: "x"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("wrong contact (-want +got):\n%s", diff)
	}
	if got, want := len(errs), 3; got != want {
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
	}
	for _, tt := range tests {
		fields := map[string]string{"name": "Zoe", "email": "zoe@example.com", "address": address}
		fields[tt.field] = tt.typed
		_, errs := cart.ParseContact(fields["name"], fields["email"], fields["address"])
		if _, wrong := errs[tt.field]; wrong == tt.ok || len(errs) > 1 || tt.ok && errs != nil {
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
		got, errs := cart.ParseContact(hidden+"Z"+hidden+"oe", "zoe"+hidden+"@exam"+hidden+"ple.com"+hidden, hidden+address+hidden)
		want := cart.Contact{Name: "Zoe", Email: "zoe@example.com", Address: address}
		if got != want || errs != nil {
			t.Errorf("%U: %+q, %v", []rune(hidden), got, errs)
		}
	}
	// Names need the joiners, an email address does not.
	got, _ := cart.ParseContact("می\u200cخواهم", "zoe\u200c\u200d\ufe0f@example.com", "1 Old Street\u2028Old Town")
	if want := (cart.Contact{Name: "می\u200cخواهم", Email: "zoe@example.com", Address: address}); got != want {
		t.Errorf("%+q, want %+q", got, want)
	}
}

func FuzzContact(f *testing.F) {
	f.Add("Zoe", "zoe@example.com", address)
	f.Add("", `"a@b"@c`, "\r\r\n")
	f.Add("\xff", "a@[127.0.0.1]", "\x00")
	f.Fuzz(func(t *testing.T, name, email, addr string) {
		c, errs := cart.ParseContact(name, email, addr)
		again, errsAgain := cart.ParseContact(c.Name, c.Email, c.Address)
		if diff := cmp.Diff(c, again); diff != "" {
			t.Fatalf("parsed again (-once +twice):\n%s", diff)
		}
		if diff := cmp.Diff(errs, errsAgain); diff != "" {
			t.Fatalf("errors of the second parse (-once +twice):\n%s", diff)
		}
		if errs == nil && (strings.ContainsAny(c.Name+c.Email, "\r\n\x00") || strings.ContainsAny(c.Address, "\r\x00")) {
			t.Fatalf("control characters pass: %+v", c)
		}
		if errs == nil && strings.Count(c.Email, "@") != 1 {
			t.Fatalf("%q passes for an e-mail address", c.Email)
		}
	})
}
