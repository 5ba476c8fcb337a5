package text

// Plain makes text from outside showable where there is no HTML, such as in a terminal: one line of at most max
// characters, without controls, bidi controls and anything else that takes no space.
func Plain(s string, max int) string { return clean(s, max) }
