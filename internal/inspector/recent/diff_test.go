package recent

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiffNamesWhatChanged(t *testing.T) {
	t.Parallel()
	const mug = `{"sku":"mug","quantity":1}`
	for _, tt := range []struct {
		name, old, new string
		want           []Difference
	}{
		{"equal", `{"a":1, "b":[1,2]}`, `{"b":[1,2],"a":1}`, nil},
		{"added", `{}`, `{"a":"<b>"}`, []Difference{{"a", "", `"<b>"`}}},
		{"removed", `{"a":null}`, `{}`, []Difference{{"a", "null", ""}}},
		{"changed", `{"v":{"a":1.0}}`, `{"v":{"a":1.00}}`, []Difference{{"v.a", "1.0", "1.00"}}},
		{"another type", `{"a":[1]}`, `{"a":{"0":1}}`, []Difference{{"a", "[1]", `{"0":1}`}}},
		{"large numbers", `{"a":9007199254740993}`, `{"a":9007199254740992}`, []Difference{{"a", "9007199254740993", "9007199254740992"}}},
		{"by name", `{"l":[` + mug + `,{"sku":"pan","quantity":1}]}`, `{"l":[{"sku":"pan","quantity":1},{"sku":"mug","quantity":3}]}`,
			[]Difference{{"l[mug].quantity", "1", "3"}}},
		{"another line", `{"l":[` + mug + `]}`, `{"l":[` + mug + `,{"sku":"pan"}]}`, []Difference{{"l[pan]", "", `{"sku":"pan"}`}}},
		{"one line less", `{"l":[` + mug + `]}`, `{"l":[]}`, []Difference{{"l[mug]", `{"quantity":1,"sku":"mug"}`, ""}}},
		{"by position", `[1,2]`, `[1,3,4]`, []Difference{{"[1]", "2", "3"}, {"[2]", "", "4"}}},
		{"the same name twice", `[` + mug + `,` + mug + `]`, `[` + mug + `,{"sku":"mug"}]`, []Difference{{"[1].quantity", "1", ""}}},
		{"from nothing", ``, `{"a":1}`, []Difference{{"", "", `{"a":1}`}}},
		{"no JSON", `{"v":`, `{"v":1}`, []Difference{{"", `"{\"v\":"`, `{"v":1}`}}},
		{"more than one document", `1`, `1 2`, []Difference{{"", "1", `"1 2"`}}},
	} {
		got, more := Diff([]byte(tt.old), []byte(tt.new), "sku")
		if diff := cmp.Diff(tt.want, got); diff != "" || more != 0 {
			t.Errorf("%s: %d more, -want +got:\n%s", tt.name, more, diff)
		}
	}
}

func TestDifferencesHaveAKind(t *testing.T) {
	t.Parallel()
	for d, want := range map[Difference]string{{"a", "", "1"}: "added", {"a", "1", ""}: "removed", {"a", "1", "2"}: "changed"} {
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
	got, more := Diff([]byte("{}"), []byte("{"+strings.Join(fields, ",")+"}"), "sku")
	if len(got) != maxDifferences || more != 7 {
		t.Errorf("%d differences and %d more, want %d and 7", len(got), more, maxDifferences)
	}
	if n := len(got[0].New); n > maxShown+len("…") || !strings.HasSuffix(got[0].New, "é…") {
		t.Errorf("a value of %d bytes: %s", n, got[0].New)
	}
}
