package notice

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	hostForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)
	// plainURL leaves out what programs read in different ways: backslashes, spaces, controls, letters outside ASCII.
	plainURL = regexp.MustCompile(`^[!-\[\]-~]+$`)
)

// allowed says whether an address, with or without https://, leads to exactly one of the hosts. It compares what is written
// up to the path instead of parsing it, so a user, a port, a dot at the end, a lookalike or its punycode is another host.
func allowed(address string, hosts []string) bool {
	rest := address
	if scheme, after, has := strings.Cut(address, "://"); has {
		if !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") {
			return false
		}
		rest = after
	}
	host := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		host = rest[:end]
	}
	return plainURL.MatchString(address) && slices.Contains(hosts, strings.ToLower(host))
}

func linkHint(hosts []string) string {
	if len(hosts) == 0 {
		return "add its host to notices.links in the configuration"
	}
	return "links begin with https:// and lead to " + strings.Join(hosts, ", ") + "; more hosts can be added to notices.links"
}

// linkHosts checks the hosts of the options.
func linkHosts(links []string) (hosts []string, errs []error) {
	for _, l := range links {
		host := strings.ToLower(l)
		if !hostForm.MatchString(host) {
			errs = append(errs, &Mistake{File: "notices.links", Sentence: fmt.Sprintf("%s is not a host", quote(l)), Hint: "write only the host, such as status.example.com; one with other letters in its xn-- form"})
			continue
		}
		hosts = append(hosts, host)
	}
	return hosts, errs
}
