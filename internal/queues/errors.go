package queues

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"

	"github.com/gomodule/redigo/redis"
)

// Error says why Redis could not be asked. It has no cause: the library's errors hold the address.
type Error struct {
	Why string
}

func (e *Error) Error() string { return e.Why }

func explained(err error) error {
	var ours *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ours):
		return ours
	}
	return &Error{why(err)}
}

func why(err error) string {
	var said redis.Error
	var dns *net.DNSError
	var slow net.Error
	switch {
	case errors.As(err, &said):
		return answered(string(said))
	case errors.As(err, &dns):
		return "the host of Redis has no address"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return "Redis did not answer in time"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nobody listens at the address of Redis"
	}
	return "Redis does not answer"
}

// answered is what an error of Redis itself says. Only its code is told on: the rest may quote what we sent.
func answered(said string) string {
	code, _, _ := strings.Cut(said, " ")
	switch {
	case code == "NOAUTH", code == "WRONGPASS", strings.Contains(said, "password"):
		return "Redis does not take the password of its URL"
	case code == "NOPERM":
		return "Redis does not let its user do that"
	}
	return "Redis answers with the error " + code
}
