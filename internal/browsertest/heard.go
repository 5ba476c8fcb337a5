package browsertest

import (
	"fmt"
	"strings"
	"testing"

	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// heard keeps what must not happen.
func (p *Page) heard(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		p.wrong = append(p.wrong, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			p.wrong = append(p.wrong, fmt.Sprintf("console: %s %s", e.Type, e.Args[0].Value))
		}
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError {
			p.wrong = append(p.wrong, fmt.Sprintf("log: %s (%s)", e.Entry.Text, e.Entry.URL))
		}
	case *network.EventRequestWillBeSent:
		p.asked++
		if !strings.HasPrefix(e.Request.URL, p.Address+"/") && !strings.HasPrefix(e.Request.URL, "data:") {
			p.wrong = append(p.wrong, "request to "+e.Request.URL)
		}
	}
}

// AllWell fails the test for errors in the console, for exceptions, and for requests to anybody but the page's own server.
func (p *Page) AllWell(t *testing.T) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked == 0 {
		t.Error("nobody heard what the page asked for: this check checks nothing")
	}
	for _, w := range p.wrong {
		t.Error(w)
	}
}
