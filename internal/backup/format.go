package backup

import (
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Format is what a backup truly is, told by its first bytes, also those inside the compression.
type Format string

// The formats. A word as pg_dump has it, then what it is compressed with as a whole.
const (
	Custom     Format = "custom"
	CustomGzip Format = "custom+gzip"
	CustomZstd Format = "custom+zstd"
	Plain      Format = "plain"
	PlainGzip  Format = "plain+gzip"
	PlainZstd  Format = "plain+zstd"
	Tar        Format = "tar"
	TarGzip    Format = "tar+gzip"
	TarZstd    Format = "tar+zstd"
	Directory  Format = "directory"
	Unknown    Format = "unknown"
)

// Archive says whether pg_restore reads it; psql reads the others, but for Unknown, which nobody does.
func (f Format) Archive() bool { return f == Directory || f.inner() == Custom || f.inner() == Tar }

// Stream says whether Pinned.Open can give it.
func (f Format) Stream() bool { return f.inner() != Directory && f.inner() != Unknown }

func (f Format) split() (inner Format, packing string) {
	a, b, _ := bytes.Cut([]byte(f), []byte("+"))
	return Format(a), string(b)
}

func (f Format) inner() Format {
	inner, _ := f.split()
	if inner == "" {
		return Unknown
	}
	return inner
}

// The kinds of compression.
const (
	packGzip = "gzip"
	packZstd = "zstd"
)

const (
	// enough is how many bytes tell a format: a tar's magic ends at 263, and an archive's header has the time, the database and
	// two versions after its first 13 bytes.
	enough = 1024
	// lookAt is how much of a file is read for that: zstd gives nothing before its first block, of up to 128 KiB, is whole.
	lookAt = 256 << 10
	// maxWindow is the memory a foreign zstd file may ask for: what zstd --long=27 makes is still read, as by zstd itself.
	maxWindow = 128 << 20
)

// errEmpty says that there is nothing inside a compression.
var errEmpty = errors.New("is compressed, and there is nothing inside")

// Identify tells the format of a file that is not a directory from its first bytes; 256 KiB are enough of any.
func Identify(first []byte) Format {
	var eye peeker
	defer eye.close()
	f, _, _ := eye.identify(bytes.NewReader(first))
	return f
}

// peeker looks into many files, one after the other, with one zstd decoder, whose memory takes longer to get than a look.
type peeker struct{ zstd *zstd.Decoder }

func (e *peeker) close() {
	if e.zstd != nil {
		e.zstd.Close()
	}
}

// unpack is for a look at the first bytes.
func (e *peeker) unpack(r io.Reader, packing string) (io.Reader, error) {
	if packing != packZstd {
		return unpack(io.NopCloser(r), packing)
	}
	if e.zstd != nil {
		return e.zstd, e.zstd.Reset(r)
	}
	var err error
	e.zstd, err = newZstd(r)
	return e.zstd, err
}

func newZstd(r io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
}

// identify tells the format, and gives the first bytes inside the compression. An error says why they cannot be read.
func (e *peeker) identify(r io.Reader) (Format, []byte, error) {
	r = io.LimitReader(r, lookAt)
	head := make([]byte, 4)
	n, err := io.ReadFull(r, head)
	head = head[:n]
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return Unknown, nil, err
	}
	packing := packingOf(head)
	in, err := e.unpack(io.MultiReader(bytes.NewReader(head), r), packing)
	if err != nil {
		return Unknown, nil, err
	}
	first := make([]byte, enough)
	n, err = io.ReadFull(in, first)
	if n == 0 && packing != "" && errors.Is(err, io.EOF) {
		return Unknown, nil, errEmpty
	}
	inner := innerFormat(first[:n])
	if inner == Unknown {
		return Unknown, first[:n], unexpected(err)
	}
	if packing != "" {
		inner += Format("+" + packing)
	}
	return inner, first[:n], nil
}

// unexpected keeps an error only if it is more than a file's end.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

func packingOf(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return packGzip
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return packZstd
	case len(head) == 4 && head[0]&0xf0 == 0x50 && bytes.HasPrefix(head[1:], []byte{0x2a, 0x4d, 0x18}):
		return packZstd // a frame to be skipped, with which pzstd begins
	}
	return ""
}

// innerFormat is of bytes that are not compressed.
func innerFormat(b []byte) Format {
	switch {
	case bytes.HasPrefix(b, []byte("PGDMP")):
		// The table of contents of a directory has the same magic and another format byte. Alone it is no backup.
		if h, err := parseHeader(b); err == nil && h.kind != kindCustom {
			return Unknown
		}
		return Custom
	case len(b) >= 263 && string(b[257:262]) == "ustar" && bytes.HasPrefix(b, []byte("toc.dat\x00")):
		return Tar
	case isDump(b):
		return Plain
	}
	return Unknown
}

// isDump wants the comment that every pg_dump and pg_dumpall begins with: SQL that somebody else wrote has no end by which it
// could be seen to be whole. pg_restore tells a text dump the same way.
func isDump(b []byte) bool {
	b = bytes.ReplaceAll(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), []byte("\r\n"), []byte("\n"))
	return bytes.HasPrefix(b, []byte("--\n-- PostgreSQL database dump\n")) || bytes.HasPrefix(b, []byte("--\n-- PostgreSQL database cluster dump\n"))
}

// unpack reads what is inside a compression, all members or frames of it, and says at its end whether it was cut or changed.
// Closing it closes r.
func unpack(r io.ReadCloser, packing string) (io.ReadCloser, error) {
	switch packing {
	case packGzip:
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		return &unpacked{Reader: z, close: []func() error{z.Close, r.Close}}, nil
	case packZstd:
		z, err := newZstd(r)
		if err != nil {
			return nil, err
		}
		return &unpacked{Reader: z, close: []func() error{func() error { z.Close(); return nil }, r.Close}}, nil
	}
	return r, nil
}

type unpacked struct {
	io.Reader
	close []func() error
}

func (u *unpacked) Close() error {
	var errs []error
	for _, c := range u.close {
		errs = append(errs, c())
	}
	return errors.Join(errs...)
}
