package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
)

// tree copies a backup in the directory format: files side by side, no folders, no links.
func (p pinner) tree(ctx context.Context, d folder, f File, res *Pinned) error {
	from, err := d.sub(f.Name)
	if err != nil {
		return err
	}
	defer from.close()
	names, err := from.names()
	if err != nil {
		return err
	}
	to := ""
	if !p.hashes {
		if to, err = os.MkdirTemp(p.dir, "pin-"+f.ID+"-*"); err != nil { // 0700
			return noCopy(p.dir, err)
		}
	}
	sum := sha256.New()
	for _, name := range names {
		if err = p.leaf(ctx, from, to, name, sum, &res.Size); err != nil {
			break
		}
	}
	if err == nil {
		err = from.same(names)
	}
	if err != nil {
		os.RemoveAll(to)
		return err
	}
	res.Path, res.SHA256 = to, hex.EncodeToString(sum.Sum(nil))
	return nil
}

// same says whether a folder still has these names.
func (d folder) same(names []string) error {
	now, err := d.names()
	if err == nil && fmt.Sprintf("%q", now) != fmt.Sprintf("%q", names) {
		err = errChanged
	}
	return err
}

// leaf copies one file of a tree, and puts its name, its size and its own hash into the tree's.
func (p pinner) leaf(ctx context.Context, from folder, to, name string, all hash.Hash, size *int64) error {
	in, st, err := from.open(name)
	if err != nil {
		return fmt.Errorf("%s: %w", shown(name), err)
	}
	defer in.Close()
	var out io.WriteCloser = nowhere{}
	if !p.hashes {
		if out, err = os.OpenFile(filepath.Join(to, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
			return noCopy(to, err)
		}
	}
	one := sha256.New()
	err = p.copy(ctx, out, in, st, one)
	if closed := out.Close(); err == nil {
		err = closed
	}
	*size += st.size
	fmt.Fprintf(all, "%d:%s,%d:%x;", len(name), name, st.size, one.Sum(nil))
	return err
}
