package fakebot

import (
	"maps"
	"slices"
	"strings"
)

// Imitated is the methods there are, sorted. All others are refused as Telegram refuses names it does not know.
func (s *Server) Imitated() []string {
	return slices.Sorted(maps.Keys(s.named()))
}

// NotImitated is the methods the bot called that are not there, as it spelled them, each once, in order.
func (s *Server) NotImitated() []string {
	var out []string
	for _, c := range s.Calls() {
		if s.methods[strings.ToLower(c.Method)] == nil && !slices.Contains(out, c.Method) {
			out = append(out, c.Method)
		}
	}
	return out
}

// methodTable has the names in small letters: the server does not look at their case.
func (s *Server) methodTable() map[string]method {
	table := map[string]method{}
	for name, do := range s.named() {
		table[strings.ToLower(name)] = do
	}
	return table
}

func (s *Server) named() map[string]method {
	return map[string]method{
		"getMe": s.getMe, "logOut": s.leave, "close": s.leave,
		"getUpdates": s.getNothing, "setWebhook": s.setWebhook, "deleteWebhook": s.deleteWebhook, "getWebhookInfo": s.getWebhookInfo,
		"getChat": s.getChat, "getChatMember": s.getChatMember, "getChatAdministrators": s.getChatAdministrators,
		"getChatMemberCount": s.getChatMemberCount,
		"sendMessage":        s.sendMessage, "sendDocument": s.sendDocument, "sendPhoto": s.sendPhoto,
		"sendChatAction": s.sendChatAction, "getFile": s.getFile,
		"editMessageText": s.editMessageText, "editMessageCaption": s.editMessageCaption,
		"editMessageReplyMarkup": s.editMessageReplyMarkup, "deleteMessage": s.deleteMessage,
		"pinChatMessage": s.pinChatMessage, "unpinChatMessage": s.unpinChatMessage,
		"setMessageReaction": s.setMessageReaction, "answerCallbackQuery": s.answerCallbackQuery,
		"setMyCommands": s.setMyCommands, "getMyCommands": s.getMyCommands, "deleteMyCommands": s.deleteMyCommands,
	}
}

// leave is logOut and close: they are answered, and the server stays as it is.
func (s *Server) leave(request) (any, *apiError) { return true, nil }

// getNothing holds getUpdates' place in the table: process does it, because it waits.
func (s *Server) getNothing(request) (any, *apiError) { return []object{}, nil }
