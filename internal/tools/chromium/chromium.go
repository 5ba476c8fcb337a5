// Package chromium knows what the browser that the tests use is called on different machines.
package chromium

import "fmt"

// Find is where Chromium is, or an error that says how to get it. look is exec.LookPath.
func Find(look func(program string) (string, error)) (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := look(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no Chromium here; run: make tools")
}
