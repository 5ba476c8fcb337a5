package backup

// roles notes who becomes an owner or is granted something.
func (s *script) roles(st stmt) {
	r := &s.lists.roles
	switch {
	case st.is("alter", "default", "privileges"):
		r.add(st.ident(max(st.after("for", "role"), st.after("for", "user"))))
		if st.after("revoke") > 0 {
			s.grantees(st, "from")
		} else {
			s.grantees(st, "to")
		}
	case st.is("alter"):
		if at := st.after("owner", "to"); at > 0 {
			r.add(st.ident(at))
		}
	case st.is("grant"), st.is("create", "policy"):
		s.grantees(st, "to")
	case st.is("revoke"):
		s.grantees(st, "from")
	case st.is("create", "schema"):
		if at := st.after("authorization"); at > 0 {
			r.add(st.ident(at))
		}
	case st.is("set", "session", "authorization"):
		if len(st.toks) > 3 && st.toks[3] != (token{word, "default"}) {
			r.add(st.toks[3].text)
		}
	case st.has(1, "user", "mapping", "for"):
		r.add(st.ident(4))
	}
}

// grantees are who stands behind the last TO, or FROM.
func (s *script) grantees(st stmt, to string) {
	at := st.after(to)
	if at == 0 {
		return
	}
	for _, name := range st.list(at) {
		if name != "public" && name != "current_user" && name != "session_user" {
			s.lists.roles.add(name)
		}
	}
}
