package step

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhichCodeGoesWithABackup(t *testing.T) {
	list := []string{"Init1", "AddKyc2", "AddFees3"}
	for _, c := range []struct {
		why, head string
		want      []Fact
	}{
		{"the same", "AddFees3", nil},
		{"older: the code would migrate the copy", "Init1", []Fact{
			{Name: "migrations since the backup", Kind: Shown, Value: "2: AddKyc2, AddFees3"},
			{Name: "the code that is there applies them again at its start", Kind: Shown}}},
		{"newer: the code does not know it", "AddMore4", []Fact{{Name: "the backup needs code with", Kind: Shown, Value: "AddMore4, which the database is without"}}},
	} {
		if diff := cmp.Diff(c.want, pair(c.head, list)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.why, diff)
		}
	}
}
