package pgtools

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"syscall"

	"twokey/internal/proc"
)

// stream runs the command between two streams. It returns when the program is gone and its last byte is written. streams is
// what went wrong with them; a stream that breaks ends the program.
func stream(ctx context.Context, cmd proc.Cmd, in io.Reader, out io.Writer) (res proc.Result, streams, err error) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	var work sync.WaitGroup
	var inErr, outErr error
	var theirs []*os.File // ends that are the program's once it runs
	defer func() { closeAll(theirs) }()
	if in != nil {
		r, w, err := os.Pipe()
		if err != nil {
			return res, nil, err
		}
		cmd.In, theirs = r, append(theirs, r)
		defer w.Close() // again, or after the program's end: a stream that broke off
		work.Go(func() { inErr = feed(w, in, end) })
	}
	if out != nil {
		r, w, err := os.Pipe()
		if err != nil {
			return res, nil, err
		}
		cmd.Out, theirs = w, append(theirs, w)
		work.Go(func() {
			defer r.Close()
			if _, outErr = io.Copy(out, r); outErr != nil {
				end()
			}
		})
	}
	res, err = proc.Run(ctx, cmd)
	closeAll(theirs) // now the streams see their ends
	theirs = nil
	work.Wait()
	return res, errors.Join(inErr, outErr), err
}

// feed copies all of in and closes w, so that the program sees the end: an end it must not see when in broke off, so then it
// is ended first. A program that reads no more says itself whether that is wrong.
func feed(w *os.File, in io.Reader, end func()) error {
	_, err := io.Copy(w, in)
	if errors.Is(err, syscall.EPIPE) {
		err = nil
	}
	if err != nil {
		end()
		return err
	}
	return w.Close()
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
