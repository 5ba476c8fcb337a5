package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"twokey/internal/secret"
)

const hush = "hunter2-hunter2"

func TestValueNeverPrints(t *testing.T) {
	v := secret.New(hush)
	type holder struct {
		Name   string
		Shown  secret.Value
		hidden secret.Value
		many   []secret.Value
		byName map[string]secret.Value
		ptr    *secret.Value
	}
	h := holder{"n", v, v, []secret.Value{v}, map[string]secret.Value{"k": v}, &v}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%T", "%w", "%!", "%10.3s", "% x", "%t"} {
		for _, x := range []any{v, &v, h, &h, []any{v, h}, map[string]any{"a": v}} {
			if got := fmt.Sprintf(verb, x); leaks(got) {
				t.Errorf("Sprintf(%q, %T) leaks: %s", verb, x, got)
			}
		}
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if got := fmt.Sprintf(verb, v); got != secret.Mark {
			t.Errorf("Sprintf(%q) = %s, want %s", verb, got, secret.Mark)
		}
	}
	for _, x := range []any{v, &v, h, map[string]any{"a": v}} {
		b, err := json.Marshal(x)
		if err != nil || leaks(string(b)) || !bytes.Contains(b, []byte(secret.Mark)) {
			t.Errorf("json of %T = %s, %v", x, b, err)
		}
	}
	if v.String() != secret.Mark {
		t.Errorf("String() = %q", v.String())
	}
}

func leaks(s string) bool {
	return strings.Contains(s, "hunter2") || strings.Contains(strings.ToLower(s), fmt.Sprintf("%x", "hunter2"))
}

func TestValue(t *testing.T) {
	v, zero := secret.New(hush), secret.Value{}
	if v.Reveal() != hush || v.IsZero() || !zero.IsZero() || zero.Reveal() != "" || !secret.New("").IsZero() {
		t.Error("Reveal and IsZero do not tell what New was given")
	}
	if !v.Equal(secret.New(hush)) || v.Equal(zero) || v.Equal(secret.New(hush+"x")) || !zero.Equal(secret.Value{}) {
		t.Error("Equal is not equality")
	}
	if !cmp.Equal(v, secret.New(hush)) {
		t.Error("cmp does not see Equal")
	}
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(write("target", hush, 0o600), link); err != nil {
		t.Fatal(err)
	}
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	spaced := write("it's open", hush, 0o640)
	tests := []struct {
		about, path string
		want        string // the secret
		err         string // or part of the error
	}{
		{"the whole file is the secret", write("a", hush, 0o600), hush, ""},
		{"an owner may make it read-only", write("b", hush, 0o400), hush, ""},
		{"one newline is an editor's", write("c", hush+"\n", 0o600), hush, ""},
		{"a Windows editor's too", write("d", hush+"\r\n", 0o600), hush, ""},
		{"a second newline belongs to the secret", write("e", hush+"\n\n", 0o600), hush + "\n", ""},
		{"spaces belong to it", write("f", " "+hush+" ", 0o600), " " + hush + " ", ""},
		{"64 KiB is the most", write("g", strings.Repeat("x", 64<<10), 0o600), strings.Repeat("x", 64<<10), ""},
		{"one more is another file", write("h", strings.Repeat("x", 64<<10+1), 0o600), "", "over 64 KiB"},
		{"an empty file is a mistake", write("i", "", 0o600), "", "is empty"},
		{"so is a lone newline", write("j", "\n", 0o600), "", "is empty"},
		{"the group may not read", write("k", hush, 0o640), "", "mode 0640 lets others at it; type: chmod 600 " + dir + "/k"},
		{"nor anybody write", write("l", hush, 0o602), "", "mode 0602"},
		{"the command can be pasted", spaced, "", `type: chmod 600 '` + dir + `/it'\''s open'`},
		{"a link is not followed", link, "", "symbolic link"},
		{"a pipe is not waited for", fifo, "", "not a regular file"},
		{"a directory is not a file", dir, "", "not a regular file"},
		{"a missing file is named once", filepath.Join(dir, "no"), "", "secret file " + dir + "/no: no such file or directory"},
	}
	for _, tt := range tests {
		t.Run(tt.about, func(t *testing.T) {
			got, err := secret.ReadFile(tt.path)
			if tt.err == "" {
				if err != nil || got.Reveal() != tt.want {
					t.Fatalf("ReadFile = %d bytes, %v; want %d bytes", len(got.Reveal()), err, len(tt.want))
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.err) || leaks(err.Error()) || !got.IsZero() {
				t.Fatalf("ReadFile error = %v, want %q", err, tt.err)
			}
		})
	}
}

func TestRedactorItselfDoesNotPrint(t *testing.T) {
	r := secret.NewRedactor(secret.New(hush))
	w := r.Writer(io.Discard)
	io.WriteString(w, "hunter2-")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, x := range []any{r, w, struct{ r *secret.Redactor }{r}, []any{r, w}} {
			if got := fmt.Sprintf(verb, x); strings.Contains(got, "hunter2") || strings.Contains(got, "104, 117") {
				t.Errorf("Sprintf(%q, %T) leaks: %s", verb, x, got)
			}
		}
	}
}
