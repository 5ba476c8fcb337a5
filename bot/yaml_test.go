package bot_test

import (
	"testing"

	"github.com/goccy/go-yaml"

	"twokey/actions"
)

func definitions(t *testing.T, yml string) map[actions.Name]actions.Definition {
	t.Helper()
	defs := map[actions.Name]actions.Definition{}
	if err := yaml.UnmarshalWithOptions([]byte(yml), &defs, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return defs
}
