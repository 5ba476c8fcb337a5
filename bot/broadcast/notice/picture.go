package notice

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // the two formats a picture may have
	_ "image/png"
	"path/filepath"
)

// Limits of a picture. Ours in bytes, so that the first upload is short; Telegram's in pixels.
// Source: https://core.telegram.org/bots/api#sendphoto
const (
	maxPicture = 5 << 20
	maxSides   = 10000
	maxRatio   = 20
)

// readPicture reads a picture that stands beside the file.
func readPicture(n *node, dir string) *Picture {
	name := n.str()
	if name == "" {
		return nil
	}
	if name != filepath.Base(name) || name == "." || name == ".." {
		n.wrong("is "+quote(name)+": the picture stands beside the file", "write only its name")
		return nil
	}
	data, err := readGuarded(filepath.Join(dir, name), maxPicture)
	if err == nil {
		err = judgePicture(data)
	}
	if err != nil {
		n.wrong(fmt.Sprintf("%s %s", quote(name), err), hintOf(err))
		return nil
	}
	return &Picture{Name: name, Bytes: data}
}

// judgePicture refuses what Telegram would, as far as that can be seen without painting it.
func judgePicture(data []byte) error {
	c, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || format != "png" && format != "jpeg" {
		return &Error{Sentence: "is neither PNG nor JPEG", Hint: "save it as one of them"}
	}
	long, short := max(c.Width, c.Height), min(c.Width, c.Height)
	if short == 0 || long+short > maxSides || long > maxRatio*short {
		return &Error{
			Sentence: fmt.Sprintf("is %d × %d pixels: Telegram takes %d for both sides together, and no side %d times the other", c.Width, c.Height, maxSides, maxRatio),
			Hint:     "make it smaller",
		}
	}
	if end := map[string]string{"png": "IEND\xaeB`\x82", "jpeg": "\xff\xd9"}[format]; !bytes.Contains(data, []byte(end)) {
		return &Error{Sentence: "is cut off", Hint: "copy it again"}
	}
	return nil
}
