package fakebot_test

import (
	"fmt"
	"net/http"
	"net/url"

	"twokey/bot/telegram/fakebot"
)

// A test plays the people, the bot talks HTTP, and the test looks at the chat.
func Example() {
	s := fakebot.Start(fakebot.Config{})
	defer s.Close()
	s.AddUser(fakebot.User{ID: 11, FirstName: "Ann"})
	s.Say(11, 11, "/start")

	defer http.DefaultClient.CloseIdleConnections()
	resp, err := http.PostForm(s.URL()+"/bot"+s.Token()+"/sendMessage", url.Values{
		"chat_id": {"11"}, "text": {"Hello, <b>Ann</b>"}, "parse_mode": {"HTML"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = resp.Body.Close()
	fmt.Println(resp.Status, s.Messages(11)[0].Text, s.Pending())
	// Output: 200 OK Hello, Ann 1
}
