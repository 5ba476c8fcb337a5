package fakebot

import (
	"encoding/json"
	"slices"
)

const (
	maxData    = 64  // bytes, core.telegram.org/bots/api#inlinekeyboardbutton
	maxButtons = 100 // per keyboard
)

// readButtons reads reply_markup. Only inline keyboards are known; the result is nil for none and for an empty one.
func readButtons(req request) ([][]Button, *apiError) {
	raw := req.text("reply_markup")
	if raw == "" {
		return nil, nil
	}
	var markup map[string]json.RawMessage
	if json.Unmarshal([]byte(raw), &markup) != nil || markup == nil {
		return nil, bad("object expected as reply markup")
	}
	keyboard, ok := markup["inline_keyboard"]
	if !ok {
		return nil, nil
	}
	var rows []json.RawMessage
	if json.Unmarshal(keyboard, &rows) != nil || rows == nil {
		return nil, bad(`Field "inline_keyboard" must be of type Array`)
	}
	return readRows(rows)
}

func readRows(rows []json.RawMessage) ([][]Button, *apiError) {
	var out [][]Button
	count := 0
	for _, raw := range rows {
		var cells []json.RawMessage
		if json.Unmarshal(raw, &cells) != nil || cells == nil {
			return nil, bad(`Field "inline_keyboard" must be an Array of Arrays`)
		}
		var row []Button
		for _, cell := range cells {
			b, err := readButton(cell)
			if err != nil {
				return nil, err
			}
			row = append(row, b)
		}
		if len(row) > 0 {
			out = append(out, row)
		}
		if count += len(row); count > maxButtons {
			return nil, bad("reply markup is too long")
		}
	}
	return out, nil
}

func readButton(raw json.RawMessage) (Button, *apiError) {
	var fields map[string]json.RawMessage
	var b Button
	if json.Unmarshal(raw, &fields) != nil || json.Unmarshal(raw, &b) != nil {
		return b, bad("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
	}
	if _, ok := fields["text"]; !ok {
		return b, bad(`can't parse inline keyboard button: Can't find field "text"`)
	}
	if kind := otherButton(fields); kind != "" { // our own words: Telegram takes these
		return b, bad("fakebot does not know buttons with %s", kind)
	}
	_, data := fields["callback_data"]
	switch {
	case data && (b.Data == "" || len(b.Data) > maxData):
		return b, bad("BUTTON_DATA_INVALID")
	case !data && b.URL == "" && b.CopyText == nil:
		return b, bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
	case b.Text == "": // the server's code, from memory
		return b, bad("BUTTON_TEXT_INVALID")
	case !slices.Contains([]string{"", "danger", "success", "primary"}, b.Style): // wording is a guess
		return b, bad("can't parse inline keyboard button: Unsupported button style specified")
	}
	return b, nil
}

// otherButton is the field that makes a button one of those Telegram has and we do not.
func otherButton(fields map[string]json.RawMessage) string {
	for _, kind := range []string{
		"web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat", "switch_inline_query_chosen_chat",
		"callback_game", "pay",
	} {
		if raw, ok := fields[kind]; ok && string(raw) != "null" {
			return kind
		}
	}
	return ""
}
