//go:build browser

package browser

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"portolan/internal/report"
	"portolan/internal/report/page"
)

// shots is where what the browser shows is kept.
const shots = "../../build/browser"

// open starts a browser for the test.
func open(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true),
	)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start Chromium, which make browser looks for: %v", err)
	}
	return ctx
}

// complaints are what the browser reports about a page and should not: errors in the
// console, violations of the policy, requests other than that for the page.
type complaints struct {
	mu   sync.Mutex
	said []string
}

func (c *complaints) hear(event any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		c.said = append(c.said, "exception: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		c.said = append(c.said, fmt.Sprintf("console: %s %s", e.Type, e.Args[0].Value))
	case *log.EventEntryAdded:
		c.said = append(c.said, "log: "+e.Entry.Text)
	case *network.EventRequestWillBeSent:
		if e.Type != network.ResourceTypeDocument && !strings.HasPrefix(e.Request.URL, "data:") {
			c.said = append(c.said, "request: "+e.Request.URL)
		}
	}
}

// write puts the page of a report where the browser finds it.
func write(t *testing.T, r *report.Report) (url string) {
	t.Helper()
	var text bytes.Buffer
	if err := page.Write(&text, r); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

type way struct {
	scheme        string
	width, height int64
	phone         bool
}

// ways are how people look at a page.
var ways = map[string]way{
	"light":       {"light", 1360, 900, false},
	"dark":        {"dark", 1360, 900, false},
	"phone":       {"light", 390, 844, true},
	"phone-dark":  {"dark", 390, 844, true},
	"small-phone": {"light", 320, 568, true},
}

// TestPage opens each page in each way.
func TestPage(t *testing.T) {
	if err := os.MkdirAll(shots, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*report.Report{
		"run": estate(8), "large": estate(1000), "plan": plan(), "harmful": harmful(),
		"nothing": {Head: report.Head{Status: report.Failed, Integration: "northwind-aws", Reason: "Port refused the credentials; check PORT_CLIENT_ID"}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, url := open(t), write(t, r)
			for way, w := range ways {
				t.Run(way, func(t *testing.T) {
					image := see(t, ctx, url, w)
					if err := os.WriteFile(filepath.Join(shots, name+"-"+way+".png"), image, 0o644); err != nil {
						t.Fatal(err)
					}
				})
			}
		})
	}
}

// see opens a page in one way, checks it, and returns a picture of it.
func see(t *testing.T, ctx context.Context, url string, w way) []byte {
	t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // stops listening to this page
	said := &complaints{}
	if err := chromedp.Listen(ctx, said.hear); err != nil {
		t.Fatal(err)
	}
	var options []chromedp.EmulateViewportOption
	if w.phone {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	scheme := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: w.scheme}}}
	if err := chromedp.Do(ctx,
		command(network.Enable, network.EnableParams{}), command(log.Enable, cdp.Empty{}), command(runtime.Enable, cdp.Empty{}),
		chromedp.EmulateViewport(w.width, w.height, options...), command(emulation.SetEmulatedMedia, scheme),
		chromedp.Navigate(url),
	); err != nil {
		t.Fatal(err)
	}
	ask[findings](t, ctx, look).check(t, w.width)
	image, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	said.mu.Lock()
	defer said.mu.Unlock()
	for _, complaint := range said.said {
		t.Error(complaint)
	}
	return image
}

func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, c, params)
		return err
	})
}

// ask evaluates an expression in the page.
func ask[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// findings is the result of look.
type findings struct {
	Width    int64    `json:"width"`
	Faint    []string `json:"faint"`
	Unnamed  []string `json:"unnamed"`
	Texts    int      `json:"texts"`
	Headings string   `json:"headings"`
}

func (f findings) check(t *testing.T, width int64) {
	t.Helper()
	if f.Width > width {
		t.Errorf("the page is %d wide, the window %d", f.Width, width)
	}
	if f.Texts < 10 {
		t.Errorf("%d texts were looked at", f.Texts)
	}
	for _, faint := range f.Faint {
		t.Errorf("hard to read: %s", faint)
	}
	for _, unnamed := range f.Unnamed {
		t.Errorf("a reader of screens finds no name: %s", unnamed)
	}
	if !strings.HasPrefix(f.Headings, "1") || strings.Contains(f.Headings, "13") {
		t.Errorf("the levels of headings are %s", f.Headings)
	}
}

// look measures the page: its width, the contrast of each text against what is behind
// it (4.5 or more: https://www.w3.org/TR/WCAG22/#contrast-minimum), the names of what
// can be operated or scrolled, and the order of headings.
const look = `(() => {
  const rgba = text => { const n = text.match(/[\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const over = (top, bottom) => [0, 1, 2].map(i => top[i] * top[3] + bottom[i] * (1 - top[3])).concat(1);
  const light = c => { const [r, g, b] = c.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const behind = e => { if (!e) return [255, 255, 255, 1]; const c = rgba(getComputedStyle(e).backgroundColor); return c[3] === 1 ? c : over(c, behind(e.parentElement)); };
  const opacity = e => e ? Number(getComputedStyle(e).opacity) * opacity(e.parentElement) : 1;
  const faint = new Set(); let texts = 0;
  for (const e of document.body.querySelectorAll("*")) {
    if (e.closest("script,.hidden") || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility()) continue;
    texts++;
    const back = behind(e), front = rgba(getComputedStyle(e).color);
    const shown = over([...front.slice(0, 3), front[3] * opacity(e)], back);
    const [a, b] = [light(shown), light(back)].sort((x, y) => y - x);
    const contrast = (a + .05) / (b + .05);
    if (contrast < 4.5) faint.add(contrast.toFixed(2) + " " + e.tagName + "." + e.className + " " + e.textContent.trim().slice(0, 20));
  }
  const unnamed = [...document.querySelectorAll("input,button,[tabindex='0'],section")].filter(e =>
    !(e.ariaLabel || e.labels?.length || e.tagName === "BUTTON" && e.textContent.trim() ||
      e.getAttribute("aria-labelledby") && document.getElementById(e.getAttribute("aria-labelledby")))).map(e => e.outerHTML.slice(0, 80));
  return {
    width: document.documentElement.scrollWidth, faint: [...faint].slice(0, 20), unnamed, texts,
    headings: [...document.querySelectorAll("h1,h2,h3")].map(h => h.tagName[1]).join(""),
  };
})()`

// rows counts the accounts that are shown.
const rows = `[...document.querySelectorAll("[data-account]")].filter(row => row.checkVisibility()).length`

// TestFilter types an account into the filter, and asks for those that are folded.
func TestFilter(t *testing.T) {
	ctx := open(t)
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	shows := func(want int, says string) {
		t.Helper()
		got, said := ask[int](t, ctx, rows), ask[string](t, ctx, `document.getElementById("found").value`)
		if got != want || said != says {
			t.Errorf("it shows %d accounts and says %q, want %d and %q", got, said, want, says)
		}
	}
	do(chromedp.EmulateViewport(1360, 900), chromedp.Navigate(write(t, estate(1000))))
	shows(48, "")
	do(chromedp.SendKeys("#filter", "PAYMENTS-production"))
	shows(84, "84 accounts")
	do(chromedp.SendKeys("#filter", "-999"))
	shows(1, "1 account")
	do(chromedp.SendKeys("#filter", "x"))
	shows(0, "0 accounts")
	do(chromedp.SendKeys("#filter", strings.Repeat(kb.Backspace, len("payments-production-999x"))))
	shows(48, "")
	if !ask[bool](t, ctx, `(() => {
		const button = document.querySelector("[data-unfold]");
		button.scrollIntoView({ block: "center" });
		const box = button.getBoundingClientRect();
		return document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2) === button;
	})()`) {
		t.Error("the button is covered")
	}
	do(chromedp.Focus("[data-unfold]"), chromedp.KeyEvent(kb.Enter))
	shows(1000, "")
}

// TestWithoutScript shows everything, and nothing that does not work.
func TestWithoutScript(t *testing.T) {
	ctx := open(t)
	if err := chromedp.Do(ctx,
		command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}),
		chromedp.Navigate(write(t, estate(1000))),
	); err != nil {
		t.Fatal(err)
	}
	if n := ask[int](t, ctx, rows); n != 1000 {
		t.Errorf("without its script the page shows %d accounts", n)
	}
	if ask[bool](t, ctx, `document.getElementById("filter").checkVisibility()`) {
		t.Error("without its script the page shows a filter")
	}
}
