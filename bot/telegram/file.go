package telegram

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
)

// File downloads what somebody sent, of at most so many bytes. It makes two calls: where the file is, which holds for about an
// hour, and the file, whose address holds the token as that of a method does.
func (c *Client) File(ctx context.Context, fileID string, most int) ([]byte, error) {
	var at struct {
		Size int    `json:"file_size"`
		Path string `json:"file_path"`
	}
	if err := c.call(ctx, sendTimeout, "getFile", params{}.text("file_id", fileID), &at); err != nil {
		return nil, err
	}
	switch {
	case at.Size > most:
		return nil, tooLarge(most)
	case !filePath.MatchString(at.Path) || strings.Contains(at.Path, ".."):
		// A server that runs with --local gives a path of its own disk.
		return nil, &Error{Method: "getFile", Class: ClassBug, Description: "the file's path is none below the server's own address"}
	}
	data, err := c.download(ctx, at.Path, most)
	if err == nil && at.Size != 0 && len(data) != at.Size {
		return nil, &Error{Method: downloading, Class: ClassUnknown, Description: fmt.Sprintf("%d bytes came, of %d", len(data), at.Size)}
	}
	return data, err
}

// filePath is what getFile gives: "photos/file_12.jpg".
var filePath = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9_./-]*$`)

// downloading stands for the method of a download, which has none.
const downloading = "file"

func tooLarge(most int) *Error {
	return &Error{Method: downloading, Class: ClassBug, Description: fmt.Sprintf("the file is over %d bytes", most)}
}

// download gets a file. It is read only, so what failed may be repeated.
func (c *Client) download(ctx context.Context, path string, most int) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, uploadTimeout)
	defer cancel()
	address := strings.TrimSuffix(c.endpoint, "/bot%s/%s") + "/file/bot" + c.token.Reveal() + "/" + path
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, c.fail(&Error{Method: downloading, Class: ClassBug, Description: "no address"}, err)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, c.fail(&Error{Method: downloading, Class: ClassRefused, Description: "not read"}, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK { // a redirect, too: the address holds the token
		return nil, &Error{Method: downloading, Code: resp.StatusCode, Class: ClassUnknown, Description: "the answer is no file"}
	}
	data, err := io.ReadAll(&bounded{ReadCloser: resp.Body, left: int64(most)})
	switch {
	case errors.Is(err, errTooLarge):
		return nil, tooLarge(most)
	case err != nil:
		return nil, c.fail(&Error{Method: downloading, Class: ClassUnknown, Description: "it came in part"}, err)
	}
	return data, nil
}
