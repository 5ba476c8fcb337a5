package fakebot

import (
	"net/http"
	"path"
	"strconv"
	"strings"
)

// maxDownload is what a bot may download, core.telegram.org/bots/api#getfile. It may send more.
const maxDownload = 20 << 20

// stored is a file under one of its file_ids: a document or a photo.
type stored struct {
	doc   *Document
	photo *Photo
	path  string
}

func (f stored) bytes() []byte {
	if f.photo != nil {
		return f.photo.Bytes
	}
	return f.doc.Bytes
}

func (s *Server) nextFile() string {
	s.lastFileID++
	return strconv.Itoa(s.lastFileID)
}

func (s *Server) keepDocument(doc *Document) {
	n := s.nextFile()
	doc.id = "doc" + n
	s.files[doc.id] = stored{doc: doc, path: "documents/file_" + n + path.Ext(path.Base(doc.Name))}
}

func (s *Server) keepPhoto(photo *Photo) {
	n := s.nextFile()
	photo.id = "photo" + n
	for _, z := range photo.sizes() {
		s.files[z.id] = stored{photo: photo, path: "photos/file_" + strings.TrimPrefix(z.id, "photo") + path.Ext(path.Base(photo.Name))}
	}
}

// sent finds a file that was sent before, by the file_id in a parameter.
func (s *Server) sent(req request, name string) (stored, *apiError) {
	id := req.text(name)
	switch old, ok := s.files[id]; {
	case ok:
		return old, nil
	case id == "" || strings.HasPrefix(id, "attach://"):
		return stored{}, bad("there is no %s in the request", name)
	case strings.Contains(id, "://"): // nothing is fetched from anywhere; the wording is our own
		return stored{}, bad("fakebot does not fetch files from addresses")
	}
	return stored{}, bad("wrong file identifier/HTTP URL specified")
}

func (s *Server) getFile(req request) (any, *apiError) {
	id := req.text("file_id")
	f, ok := s.files[id]
	switch {
	case id == "":
		return nil, bad("file_id not specified")
	case !ok:
		return nil, bad("invalid file_id")
	case len(f.bytes()) > maxDownload:
		return nil, bad("file is too big")
	}
	return object{"file_id": id, "file_unique_id": "u" + id, "file_size": len(f.bytes()), "file_path": f.path}, nil
}

// serveFile answers /file/bot<token>/<file_path>. It is no call of a method, so no fault meets it and no log has it.
func (s *Server) serveFile(w http.ResponseWriter, at string) {
	name, refused := s.route(strings.TrimPrefix(at, "/file"))
	if refused != nil {
		write(w, errorAnswer(refused))
		return
	}
	data, ok := s.fileAt(name)
	if !ok {
		write(w, errorAnswer(&apiError{code: 404, description: "Not Found"}))
		return
	}
	plain(w, http.StatusOK, "application/octet-stream", string(data))
}

func (s *Server) fileAt(name string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.files {
		if f.path == name && len(f.bytes()) <= maxDownload {
			return f.bytes(), true
		}
	}
	return nil, false
}
