package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"twokey/bot/text"
	"twokey/internal/journal"
)

// about says whether an entry is about a request: the one that asked, those that name it, and those that end several.
func about(e journal.Entry, request uint64) bool {
	var b struct {
		Request uint64   `json:"request"`
		Names   uint64   `json:"names"`
		Expired []uint64 `json:"expired"`
		Due     []uint64 `json:"due"`
		Lapsed  []uint64 `json:"lapsed"`
		Voids   []uint64 `json:"voids"`
		Nudged  []named  `json:"nudged"`
		Cuts    []named  `json:"cuts"`
	}
	if json.Unmarshal(e.Body, &b) != nil {
		return e.Seq == request
	}
	for _, n := range append(b.Cuts, b.Nudged...) {
		if n.Request == request {
			return true
		}
	}
	return e.Seq == request || b.Request == request || b.Names == request ||
		slices.Contains(b.Expired, request) || slices.Contains(b.Due, request) ||
		slices.Contains(b.Lapsed, request) || slices.Contains(b.Voids, request)
}

// named is a part of an entry that names a request.
type named struct {
	Request uint64 `json:"request"`
}

// line is an entry as a person reads it.
func line(e journal.Entry) string {
	return fmt.Sprintf("#%d %s %s %s %s", e.Seq, e.Time.Format("2006-01-02 15:04:05.000Z"), e.Kind, e.Actor, gist(e.Body))
}

// gistFields are shown of a body, in this order; the rest is in the export.
var gistFields = []string{"request", "person", "step", "approve", "outcome", "error", "why", "cause", "name", "was", "is", "digest", "chat", "message", "expired", "due", "nudged", "voids", "cuts", "day", "seq", "pins", "fork", "reason"}

func gist(body []byte) string {
	var b map[string]json.RawMessage
	if json.Unmarshal(body, &b) != nil {
		return ""
	}
	var asked map[string]json.RawMessage // what was asked and done in one entry
	if json.Unmarshal(b["asked"], &asked) == nil {
		maps.Copy(b, asked)
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

// sinceEvents is how many of the newest entries are given of what happened since.
const sinceEvents = 200

// eventsSince gives what was journaled from an entry on, without the entries about the bot's own messages.
func eventsSince(ctx context.Context, store journal.Store, first uint64) ([]text.Event, error) {
	events, err := eventsAfter(ctx, store, first-1, func(kind string) bool { return !text.Minor(kind) })
	return events[max(0, len(events)-sinceEvents):], err
}

// requestEntries gives a request's entries, oldest first.
func requestEntries(ctx context.Context, store journal.Store, first, last uint64) ([]text.Event, error) {
	var events []text.Event
	for e, err := range store.Read(ctx, first-1) {
		if err != nil {
			return events, err
		}
		if e.Seq > last {
			break
		}
		if about(e, first) {
			events = append(events, eventOf(e))
		}
	}
	return events, nil
}

func eventOf(e journal.Entry) text.Event {
	return text.Event{Seq: e.Seq, Kind: e.Kind, Actor: e.Actor, Time: e.Time, Body: e.Body}
}

const (
	// perEvent is how many entries are read at first for one that is wanted: some are about cards.
	perEvent = 4
	// mostRead bounds how far back newest looks.
	mostRead = 5000
)

// newest gives the last n entries of the kinds that are wanted, newest first. It reads from near the end, further back as
// long as there are not enough.
func newest(ctx context.Context, store journal.Store, head uint64, n int, wants func(kind string) bool) ([]text.Event, error) {
	for back := uint64(n * perEvent); ; back *= 2 {
		after := head - min(head, back)
		events, err := eventsAfter(ctx, store, after, wants)
		if err != nil {
			return nil, err
		}
		if len(events) >= n || after == 0 || back >= mostRead {
			slices.Reverse(events)
			return events[:min(len(events), n)], nil
		}
	}
}

func eventsAfter(ctx context.Context, store journal.Store, after uint64, wants func(kind string) bool) ([]text.Event, error) {
	var events []text.Event
	for e, err := range store.Read(ctx, after) {
		if err != nil {
			return nil, err
		}
		if wants(e.Kind) {
			events = append(events, eventOf(e))
		}
	}
	return events, nil
}
