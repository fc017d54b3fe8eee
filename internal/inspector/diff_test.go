package inspector

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestDiffNamesWhatChanged(t *testing.T) {
	t.Parallel()
	const mug = `{"sku":"mug","quantity":1}`
	for _, tt := range []struct {
		name, old, new string
		want           []difference
	}{
		{"equal", `{"a":1, "b":[1,2]}`, `{"b":[1,2],"a":1}`, nil},
		{"added", `{}`, `{"a":"<b>"}`, []difference{{"a", "", `"<b>"`}}},
		{"removed", `{"a":null}`, `{}`, []difference{{"a", "null", ""}}},
		{"changed", `{"v":{"a":1.0}}`, `{"v":{"a":1.00}}`, []difference{{"v.a", "1.0", "1.00"}}},
		{"another type", `{"a":[1]}`, `{"a":{"0":1}}`, []difference{{"a", "[1]", `{"0":1}`}}},
		{"large numbers", `{"a":9007199254740993}`, `{"a":9007199254740992}`, []difference{{"a", "9007199254740993", "9007199254740992"}}},
		{"by name", `{"l":[` + mug + `,{"sku":"pan","quantity":1}]}`, `{"l":[{"sku":"pan","quantity":1},{"sku":"mug","quantity":3}]}`,
			[]difference{{"l[mug].quantity", "1", "3"}}},
		{"another line", `{"l":[` + mug + `]}`, `{"l":[` + mug + `,{"sku":"pan"}]}`, []difference{{"l[pan]", "", `{"sku":"pan"}`}}},
		{"one line less", `{"l":[` + mug + `]}`, `{"l":[]}`, []difference{{"l[mug]", `{"sku":"mug","quantity":1}`, ""}}},
		{"by position", `[1,2]`, `[1,3,4]`, []difference{{"[1]", "2", "3"}, {"[2]", "", "4"}}},
		{"the same name twice", `[` + mug + `,` + mug + `]`, `[` + mug + `,{"sku":"mug"}]`, []difference{{"[1].quantity", "1", ""}}},
		{"from nothing", ``, `{"a":1}`, []difference{{"", "", `{"a":1}`}}},
		{"no JSON", `{"v":`, `{"v":1}`, []difference{{"", `"{\"v\":"`, `{"v":1}`}}},
		{"binary", "\x00", "\xff", []difference{{"", `"\u0000"`, `"\ufffd"`}}},
		{"more than one document", `1`, `1 2`, []difference{{"", "1", `"1 2"`}}},
	} {
		got := diff([]byte(tt.old), []byte(tt.new))
		if d := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: -want +got:\n%s", tt.name, d)
		}
	}
}

func TestDifferencesHaveAKind(t *testing.T) {
	t.Parallel()
	for d, want := range map[difference]string{{"a", "", "1"}: "added", {"a", "1", ""}: "removed", {"a", "1", "2"}: "changed"} {
		if got := d.Kind(); got != want {
			t.Errorf("%+v is %s, want %s", d, got, want)
		}
	}
}

func TestDiffIsBounded(t *testing.T) {
	t.Parallel()
	var fields []string
	for i := range maxDifferences + 7 {
		fields = append(fields, fmt.Sprintf(`"k%d":"%s"`, i, strings.Repeat("é", maxShown)))
	}
	got := diff([]byte("{}"), []byte("{"+strings.Join(fields, ",")+"}"))
	if len(got) != maxDifferences {
		t.Errorf("%d differences, want %d", len(got), maxDifferences)
	}
	if n := len(got[0].New); n > maxShown+len("…") || !strings.HasSuffix(got[0].New, "é…") {
		t.Errorf("a value of %d bytes: %s", n, got[0].New)
	}
}

// A document as deep as the parser lets it be is compared in no time.
func TestDeepDocumentsAreComparedAsAWhole(t *testing.T) {
	t.Parallel()
	const depth = 9000
	before := strings.Repeat("[", depth) + "1" + strings.Repeat("]", depth)
	got := diff([]byte(before), []byte(strings.Replace(before, "1", "2", 1)))
	if len(got) != 1 || len(got[0].Path) > maxPath+len("[0]") || got[0].Kind() != "changed" {
		t.Errorf("%+v", got)
	}
}
