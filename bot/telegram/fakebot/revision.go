package fakebot

import "strings"

// Revision changes with every visible change: a message, an edit, a pin, a reaction, an answer to a press, typing, a menu,
// who is in a chat. Calls that only look, polls among them, do not change it; nor does typing that ends by itself. It never
// goes back. Who renders the chats waits for another one: see [Server.Wait].
func (s *Server) Revision() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revision
}

// touch is wake for a change that people can see. The caller holds mu.
func (s *Server) touch() {
	s.revision++
	s.wake()
}

// changedBy is touch after a call that was done, or wake when the method shows and changes nothing.
func (s *Server) changedBy(method string) {
	if strings.HasPrefix(strings.ToLower(method), "get") {
		s.wake()
		return
	}
	s.touch()
}
