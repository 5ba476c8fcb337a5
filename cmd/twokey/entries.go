package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"twokey/internal/journal"
)

// about says whether an entry is about a request: the one that asked, those that name it, and those that end several.
func about(e journal.Entry, request uint64) bool {
	var b struct {
		Request uint64   `json:"request"`
		Names   uint64   `json:"names"`
		Expired []uint64 `json:"expired"`
		Due     []uint64 `json:"due"`
		Nudged  []struct {
			Request uint64 `json:"request"`
		} `json:"nudged"`
		Voids []uint64 `json:"voids"`
	}
	if json.Unmarshal(e.Body, &b) != nil {
		return e.Seq == request
	}
	for _, n := range b.Nudged {
		if n.Request == request {
			return true
		}
	}
	return e.Seq == request || b.Request == request || b.Names == request ||
		slices.Contains(b.Expired, request) || slices.Contains(b.Due, request) || slices.Contains(b.Voids, request)
}

// line is an entry as a person reads it.
func line(e journal.Entry) string {
	return fmt.Sprintf("#%d %s %s %s %s", e.Seq, e.Time.Format("2006-01-02 15:04:05.000Z"), e.Kind, e.Actor, gist(e.Body))
}

// gistFields are shown of a body, in this order; the rest is in the export.
var gistFields = []string{"request", "person", "step", "approve", "outcome", "error", "why", "cause", "name", "was", "is", "digest", "chat", "message", "expired", "due", "nudged", "voids", "reason"}

func gist(body []byte) string {
	var b map[string]json.RawMessage
	if json.Unmarshal(body, &b) != nil {
		return ""
	}
	var parts []string
	var action struct{ Name string }
	if json.Unmarshal(b["action"], &action) == nil && action.Name != "" {
		parts = append(parts, "/"+action.Name)
	}
	for _, f := range gistFields {
		if v, ok := b[f]; ok {
			parts = append(parts, f+"="+string(v))
		}
	}
	return strings.Join(parts, " ")
}

// requestEntries gives a request's entries as a person reads them.
func requestEntries(ctx context.Context, store journal.Store, first, last uint64) (string, error) {
	var lines []string
	for e, err := range store.Read(ctx, first-1) {
		if err != nil {
			return strings.Join(lines, "\n"), err
		}
		if e.Seq > last {
			break
		}
		if about(e, first) {
			lines = append(lines, line(e))
		}
	}
	return strings.Join(lines, "\n"), nil
}
