package step

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// loss is what a comparison of the database with its copy found, and how many rows the database had then.
type loss struct {
	Lost   int64            `json:"lost"` // rows that only the database has, and rows that are otherwise in the copy
	Counts map[string]int64 `json:"counts"`
}

const lossFile = "loss.json"

// readLoss gives what an earlier step of the run found; false when none did.
func (e Env) readLoss() (l loss, ok bool) {
	data, err := os.ReadFile(filepath.Join(e.scratch(), lossFile))
	return l, err == nil && json.Unmarshal(data, &l) == nil
}

func (e Env) writeLoss(l loss) error {
	data, err := json.Marshal(l)
	if err != nil {
		return err
	}
	part := filepath.Join(e.scratch(), lossFile+".part")
	if err := os.WriteFile(part, data, 0o600); err != nil {
		return err
	}
	return os.Rename(part, filepath.Join(e.scratch(), lossFile))
}
