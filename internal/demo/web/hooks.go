package web

import (
	"reflect"

	"twokey/bot/telegram/fakebot"
)

// The fields below are looked for by name, because not every fakebot has them.

// photoOf is a message's picture.
func photoOf(m fakebot.Message) []byte {
	photo := reflect.ValueOf(m).FieldByName("Photo")
	if photo.Kind() == reflect.Pointer {
		photo = photo.Elem()
	}
	if photo.Kind() == reflect.Struct {
		photo = photo.FieldByName("Bytes")
	}
	picture, _ := bytesOf(photo)
	return picture
}

func bytesOf(v reflect.Value) ([]byte, bool) {
	if !v.IsValid() || !v.CanInterface() {
		return nil, false
	}
	b, ok := v.Interface().([]byte)
	return b, ok && len(b) > 0
}

// serviceOf is the sentence of a line that Telegram itself writes into a chat; "" for what somebody wrote.
func serviceOf(p Phone, m fakebot.Message, byID map[int]fakebot.Message) string {
	told := reflect.ValueOf(m).FieldByName("Service")
	if told.Kind() != reflect.Pointer || told.IsNil() {
		return ""
	}
	var kind string
	var id int
	var user int64
	take(told.Elem(), "Kind", &kind)
	take(told.Elem(), "Message", &id)
	take(told.Elem(), "User", &user)
	switch kind {
	case "pinned_message":
		return p.Server.Name(m.FromID) + " pinned “" + shortened(byID[id]) + "”"
	case "new_chat_members":
		return p.Server.Name(user) + " joined the group"
	case "left_chat_member":
		return p.Server.Name(user) + " left the group"
	}
	return "Telegram: " + kind
}

func take[T any](of reflect.Value, field string, into *T) {
	if f := of.FieldByName(field); f.IsValid() && f.CanInterface() {
		*into, _ = f.Interface().(T)
	}
}
