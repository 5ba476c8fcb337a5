package step

import "testing"

func TestAFactHolds(t *testing.T) {
	for _, c := range []struct {
		what          string
		approved, now Fact
		want          bool
	}{
		{"pinned and equal", Fact{Name: "a", Kind: Pinned, Value: "1"}, Fact{Name: "a", Kind: Pinned, Value: "1"}, true},
		{"pinned and changed", Fact{Name: "a", Kind: Pinned, Value: "1"}, Fact{Name: "a", Kind: Pinned, Value: "2"}, false},
		{"pinned, of another name", Fact{Name: "a", Kind: Pinned}, Fact{Name: "b", Kind: Pinned}, false},
		{"pinned, and now only shown", Fact{Name: "a", Kind: Pinned}, Fact{Name: "a", Kind: Shown}, false},
		{"at the upper limit", Fact{Name: "a", Kind: Bounded, Limit: 80}, Fact{Name: "a", Kind: Bounded, Number: 80}, true},
		{"over the upper limit", Fact{Name: "a", Kind: Bounded, Limit: 80}, Fact{Name: "a", Kind: Bounded, Number: 81}, false},
		{"at the lower limit", Fact{Name: "a", Kind: Bounded, Limit: 10, AtLeast: true}, Fact{Name: "a", Kind: Bounded, Number: 10}, true},
		{"under the lower limit", Fact{Name: "a", Kind: Bounded, Limit: 10, AtLeast: true}, Fact{Name: "a", Kind: Bounded, Number: 9}, false},
		{"a limit of now does not count", Fact{Name: "a", Kind: Bounded, Limit: 80}, Fact{Name: "a", Kind: Bounded, Number: 90, Limit: 100}, false},
		{"in another unit", Fact{Name: "a", Kind: Bounded, Limit: 80, Unit: "rows"}, Fact{Name: "a", Kind: Bounded, Number: 8, Unit: "tables"}, false},
		{"shown, whatever it is", Fact{Name: "a", Kind: Shown, Value: "1"}, Fact{Name: "a", Kind: Shown, Value: "2"}, true},
		{"of no kind", Fact{Name: "a"}, Fact{Name: "a"}, false},
	} {
		if got := c.approved.Holds(c.now); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}
