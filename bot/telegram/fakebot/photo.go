package fakebot

import (
	"bytes"
	"image"
	_ "image/gif" // the three formats that are recognised; Telegram knows WebP, too, Go's library does not
	_ "image/jpeg"
	_ "image/png"
	"strconv"
)

// Limits of photos, core.telegram.org/bots/api#sendphoto.
const (
	maxPhoto = 10 << 20 // bytes
	maxSides = 10000    // pixels, width and height together
	maxRatio = 20
)

// Photo is a picture somebody sent. Telegram makes JPEGs of several sizes; here each of them downloads the bytes as sent.
type Photo struct {
	Name          string
	Bytes         []byte
	Width, Height int
	id            string
}

func (s *Server) sendPhoto(req request) (any, *apiError) {
	photo, err := s.photo(req)
	if err != nil {
		return nil, err
	}
	c, m, err := s.captioned(req, "photos")
	if err != nil {
		return nil, err
	}
	m.Photo = photo
	return s.send(c, m, req)
}

// photo is an upload, or one sent before under one of its file_ids.
func (s *Server) photo(req request) (*Photo, *apiError) {
	up := req.file("photo")
	if up == nil {
		old, err := s.sent(req, "photo")
		if err == nil && old.photo == nil {
			err = bad("can't use file of type Document as Photo")
		}
		return old.photo, err
	}
	photo, err := readPhoto(up.Name, up.Bytes)
	if err == nil {
		s.keepPhoto(photo)
	}
	return photo, err
}

func readPhoto(name string, data []byte) (*Photo, *apiError) {
	if len(data) == 0 {
		return nil, bad("file must be non-empty")
	}
	if len(data) > maxPhoto {
		return nil, bad("file of size %d bytes is too big for a photo; the maximum size is %d bytes", len(data), maxPhoto)
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, bad("IMAGE_PROCESS_FAILED")
	}
	long, short := max(c.Width, c.Height), min(c.Width, c.Height)
	if short == 0 || long+short > maxSides || long > maxRatio*short {
		return nil, bad("PHOTO_INVALID_DIMENSIONS")
	}
	return &Photo{Name: name, Bytes: data, Width: c.Width, Height: c.Height}, nil
}

// boxes are the longest sides of the sizes Telegram makes: s, m, x and y of core.telegram.org/api/files.
func boxes() []int { return []int{90, 320, 800, 1280} }

// size is one of a photo's sizes, smallest first; the last one is at most 1280 long.
type size struct {
	id            string
	width, height int
}

func (p *Photo) sizes() []size {
	long := max(p.Width, p.Height)
	var out []size
	for _, box := range boxes() {
		scaled := min(box, long)
		out = append(out, size{p.id + "-" + strconv.Itoa(box), max(p.Width*scaled/long, 1), max(p.Height*scaled/long, 1)})
		if long <= box {
			break
		}
	}
	return out
}

func (p *Photo) json() []object {
	var out []object
	for _, z := range p.sizes() {
		out = append(out, object{
			"file_id": z.id, "file_unique_id": "u" + z.id, "width": z.width, "height": z.height, "file_size": len(p.Bytes),
		})
	}
	return out
}
