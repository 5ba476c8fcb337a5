package rows

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"twokey/internal/secret"
)

// network stands between us and the server, and can be bad.
type network struct {
	net.Listener
	server string
	// deaf: it loses requests to cancel, and does not tell the server when we are gone.
	deaf atomic.Bool
	// onCommit is what becomes of the next COMMIT.
	onCommit atomic.Int32
}

const (
	passes int32 = iota
	answerIsLost
	isLost
)

func (w two) badNetwork(t testing.TB) *network {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &network{Listener: l, server: net.JoinHostPort(w.s.Host, strconv.Itoa(w.s.Port))}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go n.carry(t, c)
		}
	}()
	return n
}

// side is the side behind the network.
func (n *network) side(w two, role, db string) Side {
	return Side{URL: secret.New(strings.Replace(w.s.URL(role, "postgres"), n.server, n.Addr().String(), 1)), Database: db}
}

func (n *network) carry(t testing.TB, us net.Conn) {
	defer us.Close()
	first := make([]byte, 8)
	if _, err := io.ReadFull(us, first); err != nil {
		return
	}
	const cancelRequest = 80877102
	if n.deaf.Load() && binary.BigEndian.Uint32(first[4:]) == cancelRequest {
		return
	}
	server, err := net.Dial("tcp", n.server)
	if err != nil {
		return
	}
	t.Cleanup(func() { _ = server.Close() })
	if _, err := server.Write(first); err != nil {
		return
	}
	go func() {
		_, _ = io.Copy(us, server)
		_ = us.Close()
	}()
	n.forth(us, server)
	if !n.deaf.Load() {
		_ = server.Close()
	}
}

// forth carries what we say until we are gone.
func (n *network) forth(us, server net.Conn) {
	buf := make([]byte, 64<<10)
	for {
		k, err := us.Read(buf)
		if err != nil {
			return
		}
		if bytes.Contains(buf[:k], []byte("COMMIT\x00")) {
			switch n.onCommit.Swap(passes) {
			case answerIsLost:
				_ = us.Close()
				_, _ = server.Write(buf[:k])
				return
			case isLost:
				return
			}
		}
		if _, err := server.Write(buf[:k]); err != nil {
			return
		}
	}
}

// TestCancelledOverABadNetwork: the server hears nothing of the cancel, nor that we are gone. The session is ended nevertheless.
func TestCancelledOverABadNetwork(t *testing.T) {
	w := makeTwo(t, "CREATE TABLE t (id int PRIMARY KEY)")
	w.inA(t, "INSERT INTO t VALUES (1)")
	w.inB(t, `CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(4712); RETURN NEW; END $$;
		CREATE TRIGGER hang BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION hang(); SELECT pg_advisory_lock(4712)`)
	o := mergeOf(t, w.plan(t, "t"), all)
	n := w.badNetwork(t)
	n.deaf.Store(true)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		w.eventually(t, "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'advisory' AND application_name = '"+o.Tag+"'")
	}()
	_, err := Merge(ctx, w.readA(), n.side(w, "app", w.b), o)
	says(t, err, "cancelled")
	w.noSession(t, o.Tag)
	w.one(t, "t").numbers(t, 1, 0, 0)
}

// TestCommitWithoutAnswer: success and failure are found out, not guessed.
func TestCommitWithoutAnswer(t *testing.T) {
	w := makeTwo(t, "CREATE TABLE t (id int PRIMARY KEY)")
	w.inA(t, "INSERT INTO t VALUES (1)")
	o := mergeOf(t, w.plan(t, "t"), all)
	n := w.badNetwork(t)
	n.onCommit.Store(isLost)
	_, err := Merge(context.Background(), w.readA(), n.side(w, "app", w.b), o)
	says(t, err, "nothing was brought back")
	w.one(t, "t").numbers(t, 1, 0, 0)
	n.onCommit.Store(answerIsLost)
	m, err := Merge(context.Background(), w.readA(), n.side(w, "app", w.b), o)
	if err != nil || m.Tables[0].Insert != 1 {
		t.Errorf("%+v, %v", m, err)
	}
	w.one(t, "t").numbers(t, 0, 0, 0)
	w.noSession(t, o.Tag)
}
