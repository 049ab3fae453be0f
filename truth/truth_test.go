package truth_test

import (
	"fmt"
	"testing"

	"github.com/meshposture/meshposture/truth"
)

var all = []truth.Value{truth.False, truth.Unknown, truth.True} // in Kleene's order

// And is the minimum and Or the maximum in the order false < unknown < true.
func TestKleene(t *testing.T) {
	t.Parallel()
	for i, v := range all {
		if got, want := v.Not(), all[len(all)-1-i]; got != want {
			t.Errorf("not %v is %v, want %v", v, got, want)
		}
		for j, w := range all {
			if got, want := v.And(w), all[min(i, j)]; got != want {
				t.Errorf("%v and %v is %v, want %v", v, w, got, want)
			}
			if got, want := v.Or(w), all[max(i, j)]; got != want {
				t.Errorf("%v or %v is %v, want %v", v, w, got, want)
			}
		}
	}
	if truth.All() != truth.True || truth.Any() != truth.False {
		t.Error("the empty conjunction is true and the empty disjunction false")
	}
	if v := truth.Value(0); v != truth.Unknown || v.Known() {
		t.Errorf("the zero value is %v", v)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, v := range all {
		text, err := v.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var got truth.Value
		if err := got.UnmarshalText(text); err != nil || got != v {
			t.Errorf("%s is read as %v, %v", text, got, err)
		}
	}
	v := truth.True
	if err := v.UnmarshalText([]byte("yes")); err == nil {
		t.Errorf("an unknown word is read as %v", v)
	}
}

func Example() {
	encrypted, authenticated := truth.True, truth.Unknown
	fmt.Println(encrypted.And(authenticated)) // one part is not known
	fmt.Println(truth.False.And(authenticated))
	// Output:
	// unknown
	// false
}
