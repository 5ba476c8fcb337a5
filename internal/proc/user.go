package proc

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// User is whom a program runs as.
type User struct {
	Name   string   `json:"name"`
	UID    uint32   `json:"uid"`
	GID    uint32   `json:"gid"`
	Groups []uint32 `json:"groups,omitempty"` // all of them, as initgroups would set
	Home   string   `json:"home"`
}

// LookupUser finds a Unix user by name.
func LookupUser(name string) (*User, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, &Error{Sentence: fmt.Sprintf("there is no Unix user %q", name), Hint: "correct the name, or make the user", Cause: err}
	}
	ids, err := u.GroupIds()
	if err != nil {
		return nil, &Error{Sentence: "the groups of user " + name + " cannot be found", Hint: "see /etc/group", Cause: err}
	}
	res := &User{Name: u.Username, Home: u.HomeDir}
	if res.UID, err = id(u.Uid); err == nil {
		res.GID, err = id(u.Gid)
	}
	for _, g := range ids {
		var n uint32
		if n, err = id(g); err != nil {
			break
		}
		res.Groups = append(res.Groups, n)
	}
	if err != nil {
		return nil, &Error{Sentence: "user " + name + " has an id that is not a number", Hint: "see /etc/passwd", Cause: err}
	}
	return res, nil
}

func id(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err
}

// credential is nil when we are that user already: changing to oneself needs a privilege, too.
func (u *User) credential() *syscall.Credential {
	if u == nil || int(u.UID) == os.Geteuid() && int(u.GID) == os.Getegid() {
		return nil
	}
	return &syscall.Credential{Uid: u.UID, Gid: u.GID, Groups: u.Groups}
}

func (u *User) name() string {
	if u == nil {
		return "number " + strconv.Itoa(os.Geteuid())
	}
	return u.Name
}
