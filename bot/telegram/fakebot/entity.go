package fakebot

import (
	"encoding/json"
	"slices"
)

// marked is a text whose entities came beside it, as libraries send what they built themselves. The kinds that the server
// finds in the text by itself (mentions, addresses, commands) are taken and dropped, as there.
func marked(req request, name, plain string) (formatted, *apiError) {
	beside := "entities"
	if name == "caption" {
		beside = "caption_entities"
	}
	f := formatted{plain: plain}
	raw := req.text(beside)
	if raw == "" {
		return f, nil
	}
	var es []Entity
	if json.Unmarshal([]byte(raw), &es) != nil {
		return f, bad("can't parse entities JSON object")
	}
	for _, e := range es {
		if e.Offset < 0 || e.Length <= 0 || e.Length > maxRaw || e.Offset > maxRaw {
			return f, bad("entity at offset %d of length %d is outside of the text", e.Offset, e.Length) // wording is a guess
		}
	}
	f.entities = slices.DeleteFunc(es, func(e Entity) bool { return !drawn(e.Type) })
	return f, nil
}

func drawn(kind string) bool {
	return slices.Contains([]string{
		"bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "text_link", "text_mention", "custom_emoji",
		"date_time", "blockquote", "expandable_blockquote",
	}, kind)
}
